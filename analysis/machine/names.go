package machine

import (
	"hash/maphash"
	"math"
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

// crowd is the clients that give their workstation one name.
type crowd[T any] struct {
	hosts  []*Host[T]
	shared bool // two of them were active at once: it is the name of several machines
}

// join adds h, which bears the name.
func (c *crowd[T]) join(h *Host[T]) {
	c.hosts = append(c.hosts, h)
	c.shared = c.shared || len(c.hosts) > maxClones
	h.crowd = c
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
	m.tiered = m.tiered || m.calling[k] != nil
}

// Visits notes the name that a client at h gave its workstation at a time.
func (m *Machines[T]) Visits(h *Host[T], name string, at int64) {
	if name = NetBIOS(name); name == "" {
		return
	}
	h.active = at
	switch k := hashOfName(name); {
	case h.client == k, h.several:
		if h.crowd != nil {
			h.crowd.see(h)
		}
	case h.client != 0:
		h.several = true
	default:
		h.client, h.lookedAt = k, 0
		m.callBy(h)
		m.tiered = m.tiered || len(m.named[k]) > 0
	}
}

// callBy notes that h is a client that bears its name.
func (m *Machines[T]) callBy(h *Host[T]) {
	first := m.calling[h.client]
	switch {
	case h.ID == 0 || defaultNames[h.client]:
	case first == nil:
		m.calling[h.client] = h
	case first.crowd != nil:
		first.crowd.join(h)
	default:
		c := &crowd[T]{}
		c.join(first)
		c.join(h)
	}
}

// ofOneClient reports whether a name of workstations is that of one machine,
// for all that is known now.
func (m *Machines[T]) ofOneClient(name nameHash) bool {
	if name == 0 || defaultNames[name] {
		return false
	}
	first := m.calling[name]
	return first != nil && (first.crowd == nil || !first.crowd.shared)
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
