// Package machine knows which addresses are one machine: by their own equality,
// by the marks of the capturing machine, by aliases, and by names. A server
// names itself in its CHALLENGE, a client in the Workstation of its
// AUTHENTICATE; where the two agree, the server of one hop is the client of the
// other.
//
//	direction marks  --Passage-->   |
//	CHALLENGE        --Serves-->    | Machines --Same, SameServer, SameClient--> one machine?
//	AUTHENTICATE     --Visits-->    |          --AsServer, Name-->
//	--alias, names   --Call-->      |
//
// Marks and names can mislead: a bridge forwards what it marks as sent, clones
// and programs bear one name. What refutes a join may come after it, so every
// question is answered by what is known now. It knows no handshakes and no rules.
package machine

import (
	"net/netip"
	"slices"
	"strings"

	"ntlmtrace/analysis/internal/table"
)

// Machines holds what is known of all addresses. T is what its user keeps with
// each.
type Machines[T any] struct {
	seats   []*seat // machines that captured; none where packets have no marks
	alias   map[netip.Addr]string
	aliased []netip.Addr // the keys of alias, in order
	hosts   table.Table[*Host[T]]
	unknown Host[T]                 // what is known of an address that was not seen
	most    int                     // how many hosts there may be
	named   map[nameHash][]*Host[T] // servers whose CHALLENGE bears the name
	naming  int32                   // goes up with each name in named
	calling map[nameHash]bearers[T] // clients that gave their workstation the name

	tiered bool // see Tiered
}

// New returns what is known at first: the machines of aliases, a name with all
// addresses of its machine. At most most hosts are numbered.
func New[T any](aliases map[string][]string, most int) *Machines[T] {
	m := &Machines[T]{
		most: most, alias: map[netip.Addr]string{},
		named: map[nameHash][]*Host[T]{}, calling: map[nameHash]bearers[T]{},
	}
	for name, addrs := range aliases {
		for _, s := range addrs {
			if a, err := netip.ParseAddr(s); err == nil {
				m.alias[a.Unmap()] = name
				m.aliased = append(m.aliased, a.Unmap())
			}
		}
	}
	slices.SortFunc(m.aliased, netip.Addr.Compare)
	m.tiered = len(m.aliased) > 0
	return m
}

// Call notes that a name was resolved to a: all addresses of one name are one
// machine. An alias given by the user counts more.
func (m *Machines[T]) Call(a netip.Addr, name string) {
	if a = a.Unmap(); m.alias[a] != "" || name == "" {
		return
	}
	m.tiered = true
	m.alias[a] = strings.ToLower(name)
	if h := m.hosts.Find(table.AddrKey(a)); h != nil {
		h.aliased = true
	}
	i, _ := slices.BinarySearchFunc(m.aliased, a, netip.Addr.Compare)
	m.aliased = slices.Insert(m.aliased, i, a)
}

// Tiered reports whether anything shows that a client and a server may be one
// machine: as long as that is false, no request can have another inside it.
func (m *Machines[T]) Tiered() bool { return m.tiered }

// ServesAs reports whether a CHALLENGE from the machine of a client at c bore
// the name.
func (m *Machines[T]) ServesAs(c netip.Addr, name string) bool {
	k := hashOfName(name)
	return slices.ContainsFunc(m.AsServer(c), func(a netip.Addr) bool { return m.Known(a).servesAs(k) })
}

// SeveralClients reports whether messages from a name several workstations.
func (m *Machines[T]) SeveralClients(a netip.Addr) bool { return m.Known(a).several }

// Meet notes that a connection from client to server was seen.
func (m *Machines[T]) Meet(client, server *Host[T]) {
	client.calls, server.answers = true, true
	m.tiered = m.tiered || client.answers || server.calls
}

// Same reports whether a client at address c and a server at address s are
// one machine.
func (m *Machines[T]) Same(c, s netip.Addr) bool {
	if c == s || m.bothOwn(c, s) {
		return true
	}
	if n := m.alias[c]; n != "" && n == m.alias[s] {
		return true
	}
	// Several workstations behind one address are a NAT: its names prove
	// nothing.
	name := m.Known(c).workstation()
	return name != 0 && m.Known(s).servesAs(name) && m.joins(name)
}

// SameServer reports whether two server addresses are one machine.
func (m *Machines[T]) SameServer(a, b netip.Addr) bool {
	if a == b || m.bothOwn(a, b) {
		return true
	}
	if n := m.alias[a]; n != "" && n == m.alias[b] {
		return true
	}
	name := m.Known(a).Name()
	return name != "" && name == m.Known(b).Name() && !defaultNames[hashOfName(name)]
}

// SameClient reports whether two client addresses are one machine.
func (m *Machines[T]) SameClient(a, b netip.Addr) bool {
	if a == b || m.bothOwn(a, b) {
		return true
	}
	if n := m.alias[a]; n != "" && n == m.alias[b] {
		return true
	}
	// Machines are cloned with their names: only where one machine needs two
	// addresses, IPv4 and IPv6, does the name join them.
	x, y := m.Known(a).workstation(), m.Known(b).workstation()
	return a.Is4() != b.Is4() && x == y && m.ofOneClient(x)
}

// SeveralAddresses reports whether a client at c may have other addresses.
func (m *Machines[T]) SeveralAddresses(c *Host[T]) bool {
	if c.aliased || len(m.seats) > 0 && m.isOwn(c.Addr()) {
		return true
	}
	name := c.workstation()
	if name == 0 {
		return false
	}
	if c.lookedAt != m.naming {
		c.lookedAt, c.serves = m.naming, len(m.named[name]) > 0
	}
	return c.serves
}

// AsServer returns the addresses under which the machine of a client at c may
// have been seen as a server, c first.
func (m *Machines[T]) AsServer(c netip.Addr) []netip.Addr {
	out := []netip.Addr{c}
	if n := m.alias[c]; n != "" {
		for _, a := range m.aliased {
			if m.alias[a] == n && a != c {
				out = append(out, a)
			}
		}
	}
	for _, s := range m.seats {
		if !s.owns(c) {
			continue
		}
		for _, a := range s.addresses() {
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	if name := m.Known(c).workstation(); name != 0 && m.joins(name) {
		for _, h := range m.named[name] {
			if a := h.Addr(); !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// Name returns the name that the server at a is known by, or its address.
func (m *Machines[T]) Name(a netip.Addr) string {
	if n := m.Known(a).Name(); n != "" {
		return n
	}
	return a.String()
}
