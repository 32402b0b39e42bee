package analysis

import (
	"iter"
	"net/netip"
	"slices"
)

// host is what is known of one address, as a client and as a server.
type host struct {
	ip       [16]byte // the address, IPv4 as ::ffff:a.b.c.d
	client   nameHash // the first workstation that messages from it name; 0 if none did
	newest   *Outer   // of the requests under way at it
	servers  []string // NetBIOS computer names of the CHALLENGE messages from it
	skew     *skew    // of its clock, if a message told it
	refused  *refusals
	id       uint32   // number in the order of appearance, from 1; 0 if there are too many
	lookedAt int32    // machines.naming when serves was found out
	got      uint32   // number of the handshake with the last challenge that it got
	issued   uint32   // and with the last one that it issued
	serves   bool     // a server bears the name of this client: see machines.severalAddresses
	mark     hostMark // how packets passed the capturing machine
	aliased  bool     // it has a name that joins it with other addresses
	calls    bool     // it is the client of a connection
	answers  bool     // it is the server of one
	several  bool     // messages from it name several workstations
}

// addr gives the address.
func (h *host) addr() netip.Addr { return netip.AddrFrom16(h.ip).Unmap() }

// workstation gives the name that all messages from h gave their workstation; 0 if
// there is none, or are several: behind a NAT names prove nothing.
func (h *host) workstation() nameHash {
	if h.several {
		return 0
	}
	return h.client
}

// name gives the name that all CHALLENGE messages from h bore; "" if there is none, or are several.
func (h *host) name() string {
	if n := h.servers; len(n) == 1 {
		return n[0]
	}
	return ""
}

// servesAs reports whether a CHALLENGE from h bore the name.
func (h *host) servesAs(name nameHash) bool {
	return slices.ContainsFunc(h.servers, func(s string) bool { return hashOfName(s) == name })
}

// hostMark is what the marks of packets say of an address.
type hostMark uint8

const (
	unmarked hostMark = iota
	ownMark           // it sent from the capturing machine
	routed            // packets from it also arrived there
)

func (h *host) key() uint64 { return ipKey(&h.ip) }

// host gives what is known of an address, new if need be.
func (m *machines) host(a netip.Addr) *host {
	k := addrKey(a)
	h := m.hosts.find(k)
	if h == nil {
		h = &host{ip: a.As16()}
		if len(m.local)+len(m.alias) > 0 {
			h.mark, h.aliased = m.local[a], m.alias[a] != ""
		}
		if m.hosts.len() < m.most {
			h.id = uint32(m.hosts.len() + 1)
			m.hosts.add(h)
		}
	}
	return h
}

// nobody is what is known of an address that was not seen.
var nobody host

// known gives what is known of an address, to be read only.
func (m *machines) known(a netip.Addr) *host {
	if h := m.hosts.find(addrKey(a)); h != nil {
		return h
	}
	return &nobody
}

// begin adds a request to those under way at h.
func (h *host) begin(o *Outer) {
	if o.older = h.newest; o.older != nil {
		o.older.newer = o
	}
	h.newest = o
}

// end takes a request away from those under way at h.
func (h *host) end(o *Outer) {
	if o.newer != nil {
		o.newer.older = o.older
	} else {
		h.newest = o.older
	}
	if o.older != nil {
		o.older.newer = o.newer
	}
	o.older, o.newer = nil, nil
}

// underWay gives the newest of the requests under way at h, at most maxOuters,
// oldest first.
func (h *host) underWay() *Outer {
	o := h.newest
	for range maxOuters - 1 {
		if o == nil || o.older == nil {
			break
		}
		o = o.older
	}
	return o
}

// recentLength is how many challenges of one client or server are remembered
// by address: a split handshake is answered within a few connections.
const recentLength = 16

// recent gives the handshakes that older leads to from number on, as far as they are in the
// window, and recentLength at most.
func (w *window) recent(number uint32, older func(*handshakeState) uint32) iter.Seq[*handshakeState] {
	return func(yield func(*handshakeState) bool) {
		for range recentLength {
			if !w.has(number) {
				return
			}
			h := w.at(number)
			if !yield(h) {
				return
			}
			number = older(h)
		}
	}
}
