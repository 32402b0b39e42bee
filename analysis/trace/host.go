package trace

import (
	"ntlmtrace/analysis/machine"
)

// host is an address with what is under way at it.
type (
	Host     = machine.Host[HostData]
	Machines = machine.Machines[HostData]
)

// hostData is what is kept with each address.
type HostData struct {
	Newest *FrontRequest // of the requests under way at it
	got    uint32        // number of the handshake with the last challenge that it got
	issued uint32        // and with the last one that it issued
}

// begin adds a request to those under way at h.
func BeginRequest(h *Host, o *FrontRequest) {
	d := &h.Data
	if o.Older = d.Newest; o.Older != nil {
		o.Older.Newer = o
	}
	d.Newest = o
}

// end takes a request away from those under way at h.
func EndRequest(h *Host, o *FrontRequest) {
	if o.Newer != nil {
		o.Newer.Older = o.Older
	} else {
		h.Data.Newest = o.Older
	}
	if o.Older != nil {
		o.Older.Newer = o.Newer
	}
	o.Older, o.Newer = nil, nil
}

// underWay returns the oldest of the newest requests under way at h, at most
// maxOuters; the others follow it.
func UnderWay(h *Host) *FrontRequest {
	o := h.Data.Newest
	for range maxOuters - 1 {
		if o == nil || o.Older == nil {
			break
		}
		o = o.Older
	}
	return o
}
