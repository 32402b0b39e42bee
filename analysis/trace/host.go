package trace

import (
	"net/netip"

	"ntlmtrace/analysis/machine"
)

// host is an address with what is under way at it.
type (
	Host     = machine.Host[HostData]
	Machines = machine.Machines[HostData]
)

// HostData is what is kept with each address.
type HostData struct {
	Newest *FrontRequest // the newest of the requests under way at it
	passed int32         // logons that were accepted at it, and by another server that it passed them on to
	own    int32         // and those that it accepted itself; NTLM in both cases
	got    uint32        // number of the handshake with the last challenge that it got
	issued uint32        // and with the last one that it issued
	begun  uint32        // number of the one that it began last, as a client
}

// BeginRequest adds a request to those under way at h.
func BeginRequest(h *Host, front *FrontRequest) {
	d := &h.Data
	if front.Older = d.Newest; front.Older != nil {
		front.Older.Newer = front
	}
	d.Newest = front
}

// EndRequest takes a request away from those under way at h.
func EndRequest(h *Host, front *FrontRequest) {
	if front.Newer != nil {
		front.Newer.Older = front.Older
	} else {
		h.Data.Newest = front.Older
	}
	if front.Older != nil {
		front.Older.Newer = front.Newer
	}
	front.Older, front.Newer = nil, nil
}

// UnderWay returns the oldest of the newest requests under way at h, at most
// maxUnderWay; the others follow it. It is nil if there is none.
func UnderWay(h *Host) *FrontRequest {
	front := h.Data.Newest
	for range maxUnderWay - 1 {
		if front == nil || front.Older == nil {
			break
		}
		front = front.Older
	}
	return front
}

// PassesLogons reports whether the machine of a client at a is known to pass on
// the logons of others: by what passed it, or by the many machines that share
// its address.
func (ix *Index) PassesLogons(a netip.Addr) bool {
	if ix.Proxies[a] || ix.Machines.SeveralClients(a) {
		return true
	}
	for _, s := range ix.Machines.AsServer(a) {
		if ix.Machines.Known(s).Data.passed > 0 {
			return true
		}
	}
	return false
}
