package machine

import (
	"net/netip"
	"slices"

	"ntlmtrace/analysis/internal/table"
)

// Host is what is known of one address, as a client and as a server. Data is
// the user's own.
type Host[T any] struct {
	ID   uint32 // number in the order of appearance, from 1; 0 if there are too many
	Data T

	ip       [16]byte // the address, IPv4 as ::ffff:a.b.c.d
	servers  []string // NetBIOS computer names of the CHALLENGE messages from it
	client   nameHash // the first workstation that messages from it name; 0 if none did
	lookedAt int32    // Machines.naming when serves was found out
	serves   bool     // a server bears the name of this client: see Machines.SeveralAddresses
	aliased  bool     // it has a name that joins it with other addresses
	calls    bool     // it is the client of a connection
	answers  bool     // it is the server of one
	several  bool     // messages from it name several workstations

	crowd      *crowd[T] // the clients that give their workstation the name of this one, if there are several
	active     int64     // when it was seen as a client last
	challenged int64     // when it sent a CHALLENGE last
}

// Addr returns the address.
func (h *Host[T]) Addr() netip.Addr { return netip.AddrFrom16(h.ip).Unmap() }

// Key implements table.Keyed.
func (h *Host[T]) Key() uint64 { return table.BytesKey(&h.ip) }

// workstation returns the name that all messages from h gave their workstation;
// 0 if there is none, or are several: behind a NAT names prove nothing.
func (h *Host[T]) workstation() nameHash {
	if h.several {
		return 0
	}
	return h.client
}

// Name returns the name that all CHALLENGE messages from h bore; "" if there is
// none, or are several.
func (h *Host[T]) Name() string {
	if len(h.servers) == 1 {
		return h.servers[0]
	}
	return ""
}

// servesAs reports whether a CHALLENGE from h bore the name.
func (h *Host[T]) servesAs(name nameHash) bool {
	return slices.ContainsFunc(h.servers, func(s string) bool { return hashOfName(s) == name })
}

func (h *Host[T]) is4() bool { return h.Addr().Is4() }

// Host returns what is known of an address, new if need be.
func (m *Machines[T]) Host(a netip.Addr) *Host[T] {
	h := m.hosts.Find(table.AddrKey(a))
	if h == nil {
		h = &Host[T]{ip: a.As16()}
		if len(m.alias) > 0 {
			h.aliased = m.alias[a] != ""
		}
		if m.hosts.Len() < m.most {
			h.ID = uint32(m.hosts.Len() + 1)
			m.hosts.Add(h)
		}
	}
	return h
}

// Known returns what is known of an address, to be read only; an empty Host for
// one that was not seen.
func (m *Machines[T]) Known(a netip.Addr) *Host[T] {
	if h := m.hosts.Find(table.AddrKey(a)); h != nil {
		return h
	}
	return &m.unknown
}

// Full reports whether no further host gets a number.
func (m *Machines[T]) Full() bool { return m.hosts.Len() >= m.most }

// Forget forgets all hosts, and takes up those that keep yields again with new
// numbers.
func (m *Machines[T]) Forget(keep func(yield func(*Host[T]) bool)) {
	m.hosts = table.Table[*Host[T]]{}
	m.named, m.calling = map[nameHash][]*Host[T]{}, map[nameHash]bearers[T]{}
	m.naming++
	for h := range keep {
		if m.hosts.Find(h.Key()) != nil {
			continue
		}
		m.hosts.Add(h)
		h.ID = uint32(m.hosts.Len())
		for _, name := range h.servers {
			k := hashOfName(name)
			m.named[k] = append(m.named[k], h)
		}
		if h.crowd == nil || !h.crowd.shared {
			h.crowd = nil
		}
		if h.client != 0 {
			m.callBy(h, h.client)
		}
	}
}
