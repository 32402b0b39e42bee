package machine

import (
	"hash/maphash"
	"math"
	"slices"
	"strings"
)

// maxNames is how many names one address may have before they say nothing:
// behind a NAT or on a load balancer an address is many machines.
const maxNames = 4

const (
	// together is how close in time two clients are active at once,
	// nanoseconds. One machine whose address changes is not at both.
	together = 10e9
	// remembered is how long a server counts for the name of its challenges,
	// nanoseconds.
	remembered = 600e9
	// maxClones is how many addresses may have borne one name, one after the
	// other.
	maxClones = 64
)

// defaultNames are those that programs send, and systems have, as long as
// nobody gave them a name: curl sends WORKSTATION, for example.
var defaultNames = func() map[nameHash]bool {
	names := map[nameHash]bool{}
	for _, s := range [...]string{
		"WORKSTATION", "LOCALHOST", "UNKNOWN", "HOST", "HOSTNAME", "CLIENT", "COMPUTER", "MACHINE", "PC", "NONE", "NULL",
		"CURL", "NTLM", "JCIFS", "CNTLM", "MOZILLA", "IPHONE", "IPAD", "ANDROID", "MACBOOK",
	} {
		names[hashOfName(s)] = true
	}
	return names
}()

var nameSeed = maphash.MakeSeed()

// nameHash stands for a name: two with one hash would take somebody who knows
// the secret. 0 is none.
type nameHash uint64

func hashOfName(name string) nameHash { return nameHash(maphash.String(nameSeed, name)) | 1 }

// Key implements table.Keyed.
func (h nameHash) Key() uint64 { return uint64(h) }

// NetBIOS returns the form in which a computer name is compared: upper case, the
// first 15 characters, no domain.
func NetBIOS(name string) string {
	name, _, _ = strings.Cut(name, ".")
	if len(name) > 15 {
		name = name[:15]
	}
	return strings.ToUpper(name)
}

// bearers are the clients that give their workstation one name.
type bearers[T any] struct {
	first *Host[T]  // nil: there are none
	crowd *crowd[T] // nil: there is but one
}

// crowd is several clients that give their workstation one name.
type crowd[T any] struct {
	hosts  []*Host[T]
	shared bool // two of them were active at once: it is the name of several machines
}

// join adds h, which bears the name.
func (c *crowd[T]) join(h *Host[T]) {
	if !c.shared && !slices.Contains(c.hosts, h) {
		c.hosts = append(c.hosts, h)
		c.shared = len(c.hosts) > maxClones
	}
	c.see(h)
}

// see notes that h, which bears the name, is active.
func (c *crowd[T]) see(h *Host[T]) {
	if c.shared {
		return
	}
	for _, o := range c.hosts {
		if o != h && o.is4() == h.is4() && max(o.active-h.active, h.active-o.active) < together {
			c.shared, c.hosts = true, nil
			return
		}
	}
}

// Active notes that a client at h is active at a time.
func (m *Machines[T]) Active(h *Host[T], at int64) {
	h.active = at
	if h.crowd != nil {
		h.crowd.see(h)
	}
}

// Serves notes the name that a server at h gave itself at a time.
func (m *Machines[T]) Serves(h *Host[T], name string, at int64) {
	h.challenged = at
	if h.ID == 0 || len(h.servers) > maxNames {
		return
	}
	if name = NetBIOS(name); name == "" {
		return
	}
	for _, s := range h.servers {
		if s == name {
			return
		}
	}
	h.servers = append(h.servers, strings.Clone(name))
	k := hashOfName(name)
	m.named[k] = append(m.named[k], h)
	m.naming++
	m.tiered = m.tiered || m.calling[k].first != nil
}

// Visits notes the name that a client at h gave its workstation at a time.
func (m *Machines[T]) Visits(h *Host[T], name string, at int64) {
	if name = NetBIOS(name); name == "" {
		return
	}
	h.active = at
	if h.crowd != nil {
		h.crowd.see(h)
	}
	switch k := hashOfName(name); {
	case h.client == k:
	case h.client != 0:
		// A NAT. Only names that may join others matter of those behind it.
		h.several = true
		if m.calling[k].first != nil || len(m.named[k]) > 0 {
			m.callBy(h, k)
		}
	default:
		h.client, h.lookedAt = k, 0
		m.callBy(h, k)
		m.tiered = m.tiered || len(m.named[k]) > 0
	}
}

// callBy notes that h is a client that bears a name.
func (m *Machines[T]) callBy(h *Host[T], name nameHash) {
	b := m.calling[name]
	switch {
	case h.ID == 0 || defaultNames[name]:
		return
	case b.first == nil:
		b.first = h
		if h.client == name {
			b.crowd = h.crowd // kept by Forget
		}
	case b.first == h && b.crowd == nil:
		return
	case b.crowd == nil:
		b.crowd = &crowd[T]{}
		b.crowd.join(b.first)
		b.crowd.join(h)
	default:
		b.crowd.join(h)
	}
	m.calling[name] = b
	for _, o := range [...]*Host[T]{b.first, h} {
		if o.client == name {
			o.crowd = b.crowd
		}
	}
}

// ofOneClient reports whether a name of workstations is that of one machine,
// for all that is known now.
func (m *Machines[T]) ofOneClient(name nameHash) bool {
	if name == 0 || defaultNames[name] {
		return false
	}
	b := m.calling[name]
	return b.first != nil && (b.crowd == nil || !b.crowd.shared)
}

// joins reports whether a name joins the client that bears it with the server
// that bears it: it is that of one client, and of one server. A virtual address,
// whose challenges bear other names too, is not another server.
func (m *Machines[T]) joins(name nameHash) bool {
	if !m.ofOneClient(name) {
		return false
	}
	newest := int64(math.MinInt64)
	for _, h := range m.named[name] {
		newest = max(newest, h.challenged)
	}
	var alone [2]int // by address family
	for _, h := range m.named[name] {
		if len(h.servers) > 1 || newest-h.challenged > remembered {
			continue
		}
		family := 0
		if h.is4() {
			family = 1
		}
		if alone[family]++; alone[family] > 1 {
			return false
		}
	}
	return true
}
