// Package machine knows which addresses are one machine: by their own equality,
// by the marks of the capturing machine, by aliases, and by names. A server
// names itself in its CHALLENGE, a client in the Workstation of its
// AUTHENTICATE; where the two agree, the server of one hop is the client of the
// other.
//
//	direction marks  --Mark-->      |
//	CHALLENGE        --Serves-->    | Machines --Same, SameServer, SameClient--> one machine?
//	AUTHENTICATE     --Visits-->    |          --AsServer, Name-->
//	--alias, names   --Call-->      |
//
// It knows no handshakes and no rules.
package machine

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"

	"ntlmtrace/analysis/internal/table"
)

// maxNames is how many names one address may have before they say nothing:
// behind a NAT or on a load balancer an address is many machines.
const maxNames = 4

// Machines holds what is known of all addresses. T is what its user keeps with
// each.
type Machines[T any] struct {
	local   map[netip.Addr]mark
	own     []netip.Addr // those that are the capturing machine's own, in order
	alias   map[netip.Addr]string
	aliased []netip.Addr // the keys of alias, in order
	hosts   table.Table[*Host[T]]
	unknown Host[T]                   // what is known of an address that was not seen
	most    int                       // how many hosts there may be
	named   map[nameHash][]netip.Addr // addresses whose CHALLENGE bears the name
	naming  int32                     // goes up with each name in named
	calling table.Table[nameHash]     // names that clients gave their workstations

	tiered bool // see Tiered
}

// New returns what is known at first: the machines of aliases, a name with all
// addresses of its machine. At most most hosts are numbered.
func New[T any](aliases map[string][]string, most int) *Machines[T] {
	m := &Machines[T]{
		most:  most,
		local: map[netip.Addr]mark{}, alias: map[netip.Addr]string{},
		named: map[nameHash][]netip.Addr{},
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

// NetBIOS returns the form in which a computer name is compared: upper case,
// the first 15 characters, no domain.
func NetBIOS(name string) string {
	name, _, _ = strings.Cut(name, ".")
	if len(name) > 15 {
		name = name[:15]
	}
	return strings.ToUpper(name)
}

// Serves notes the name that a server at h gave itself.
func (m *Machines[T]) Serves(h *Host[T], name string) {
	if h.ID == 0 || len(h.servers) > maxNames {
		return
	}
	if name = NetBIOS(name); name != "" && !slices.Contains(h.servers, name) {
		h.servers = append(h.servers, strings.Clone(name))
		k := hashOfName(name)
		m.named[k] = append(m.named[k], h.Addr())
		m.naming++
		m.tiered = m.tiered || m.calling.Find(k.Key()) != 0
	}
}

// Visits notes the name that a client at h gave its workstation.
func (m *Machines[T]) Visits(h *Host[T], name string) {
	if name = NetBIOS(name); name == "" {
		return
	}
	switch k := hashOfName(name); {
	case h.client == k, h.several:
	case h.client != 0:
		h.several = true
	default:
		h.client, h.lookedAt = k, 0
		if !m.tiered { // only until then it matters
			m.calling.Set(k)
			m.tiered = len(m.named[k]) > 0
		}
	}
}

var nameSeed = maphash.MakeSeed()

// Tiered reports whether anything shows that a client and a server may be one
// machine: as long as that is false, no request can have another inside it.
func (m *Machines[T]) Tiered() bool { return m.tiered }

// ServesAs reports whether a CHALLENGE from the machine of a client at c bore
// the name.
func (m *Machines[T]) ServesAs(c netip.Addr, name string) bool {
	k := hashOfName(name)
	return slices.ContainsFunc(m.AsServer(c), func(a netip.Addr) bool { return m.Known(a).servesAs(k) })
}

// nameHash stands for a name: two with one hash would take somebody who knows
// the secret. 0 is none.
type nameHash uint64

func hashOfName(name string) nameHash { return nameHash(maphash.String(nameSeed, name)) | 1 }

// Key implements table.Keyed.
func (h nameHash) Key() uint64 { return uint64(h) }

// Meet notes that a connection from client to server was seen.
func (m *Machines[T]) Meet(client, server *Host[T]) {
	client.calls, server.answers = true, true
	m.tiered = m.tiered || client.answers || server.calls
}

// Mark notes that packets from h were marked as sent by the capturing machine.
// An address from which packets also arrived there is routed, not its own.
func (m *Machines[T]) Mark(h *Host[T], outbound bool) {
	if h.mark == routed || h.mark == ownMark && outbound || h.ID == 0 || outbound && len(m.own) == maxOwn {
		return
	}
	h.mark = routed
	if outbound {
		h.mark = ownMark
	}
	m.local[h.Addr()] = h.mark
	if i, found := slices.BinarySearchFunc(m.own, h.Addr(), netip.Addr.Compare); outbound {
		m.own = slices.Insert(m.own, i, h.Addr())
		m.tiered = m.tiered || len(m.own) > 1
	} else if found {
		m.own = slices.Delete(m.own, i, i+1)
	}
}

// maxOwn is how many addresses the capturing machine may have: with more it is
// a router that passes on those of others.
const maxOwn = 1 << 10

// bothOwn reports whether two addresses are both the capturing machine's own.
func (m *Machines[T]) bothOwn(a, b netip.Addr) bool {
	return len(m.own) > 1 && m.local[a] == ownMark && m.local[b] == ownMark
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
	return name != 0 && m.Known(s).servesAs(name)
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
	return name != "" && name == m.Known(b).Name()
}

// SameClient reports whether two client addresses are one machine.
func (m *Machines[T]) SameClient(a, b netip.Addr) bool {
	if a == b || m.bothOwn(a, b) {
		return true
	}
	if n := m.alias[a]; n != "" && n == m.alias[b] {
		return true
	}
	// Half of all clients call themselves WORKSTATION: only where one machine
	// needs two addresses, IPv4 and IPv6, does the name join them.
	x, y := m.Known(a).workstation(), m.Known(b).workstation()
	return a.Is4() != b.Is4() && x != 0 && x == y
}

// SeveralAddresses reports whether a client at c may have other addresses.
func (m *Machines[T]) SeveralAddresses(c *Host[T]) bool {
	if c.mark == ownMark || c.aliased {
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
	if m.local[c] == ownMark {
		for _, a := range m.own {
			if a != c {
				out = append(out, a)
			}
		}
	}
	if name := m.Known(c).workstation(); name != 0 {
		for _, a := range m.named[name] {
			if !slices.Contains(out, a) {
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
