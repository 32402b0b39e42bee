package machine

import (
	"net/netip"
	"slices"
	"testing"

	"ntlmtrace/capture"
)

// fact is something that a capture shows of an address.
type fact func(*Machines[int])

func host(m *Machines[int], addr string) *Host[int] { return m.Host(netip.MustParseAddr(addr)) }

// passage: packets from one address to another passed the machine that captured
// a source, at an interface.
func passage(source int, kind capture.PassageKind, from, to string, at uint16) fact {
	p := capture.Passage{Kind: kind, From: netip.MustParseAddr(from), To: netip.MustParseAddr(to), Interface: at}
	return func(m *Machines[int]) { m.Passage(source, &p) }
}

// sends: packets from addr are marked as sent by the capturing machine.
func sends(addr string) fact { return sendsAt(addr, 2) }

func sendsAt(addr string, at uint16) fact { return passage(0, capture.Sent, addr, other, at) }

// arrives: packets from addr are marked as received by the capturing machine.
func arrives(addr string) fact { return arrivesAt(addr, 2) }

func arrivesAt(addr string, at uint16) fact { return passage(0, capture.Arrived, addr, other, at) }

// forwards: packets between two addresses came and left again.
func forwards(from, to string, at uint16) fact {
	return passage(0, capture.Forwarded, from, to, at)
}

// serves: a CHALLENGE from addr bears the name.
func serves(addr, name string) fact { return servesAt(addr, name, 0) }

// servesAt is serves at a second of the capture.
func servesAt(addr, name string, second int64) fact {
	return func(m *Machines[int]) { m.Serves(host(m, addr), name, second*1e9) }
}

// visits: an AUTHENTICATE from addr names its workstation.
func visits(addr, name string) fact { return visitsAt(addr, name, 0) }

// visitsAt is visits at a second of the capture.
func visitsAt(addr, name string, second int64) fact {
	return func(m *Machines[int]) { m.Visits(host(m, addr), name, second*1e9) }
}

// activeAt: a client at addr asks something at a second of the capture.
func activeAt(addr string, second int64) fact {
	return func(m *Machines[int]) { m.Active(host(m, addr), second*1e9) }
}

// called: addr was resolved to a name.
func called(addr, name string) fact {
	return func(m *Machines[int]) { m.Call(netip.MustParseAddr(addr), name) }
}

// Addresses of tests: two of one family, and two of the other.
const (
	a4, b4 = "10.9.0.1", "10.8.0.2"
	a6, b6 = "fd00::1", "fd00::2"

	// Those of others.
	c4, d4, other = "10.7.0.3", "10.7.0.4", "10.7.0.99"
)

var machineTests = []struct {
	name    string
	aliases map[string][]string
	facts   []fact
	a, b    string
	// Whether the client a and the server b are one machine, the servers a and b,
	// the clients a and b.
	same, server, client bool
}{
	{name: "one address", a: a4, b: a4, same: true, server: true, client: true},
	{name: "one address of which nothing is known, and others", facts: []fact{serves(b4, "WEB01")}, a: a6, b: a6, same: true, server: true, client: true},
	{name: "two addresses", a: a4, b: b4},
	{name: "two addresses, of two families", a: a4, b: a6},

	{name: "marks: both sent from the capturing machine", facts: []fact{sends(a4), sends(b4)}, a: a4, b: b4, same: true, server: true, client: true},
	{name: "marks: both sent, one IPv6", facts: []fact{sends(a4), sends(b6)}, a: a4, b: b6, same: true, server: true, client: true},
	{name: "marks: one sent", facts: []fact{sends(a4)}, a: a4, b: b4},
	{name: "marks: one sent, and another one that is not asked for", facts: []fact{sends(a4), sends(b6)}, a: a4, b: b4},
	{name: "marks: one sent, one arrived", facts: []fact{sends(a4), arrives(b4)}, a: a4, b: b4},
	{name: "marks: both arrived", facts: []fact{arrives(a4), arrives(b4)}, a: a4, b: b4},
	{name: "marks: one is routed, it arrived and was sent on", facts: []fact{sends(a4), arrives(b4), sends(b4)}, a: a4, b: b4},
	{name: "marks: one is routed, which shows late", facts: []fact{sends(a4), sends(b4), arrives(b4)}, a: a4, b: b4},
	{name: "marks: one is routed, two others are not", facts: []fact{sends(a4), sends(b4), sends(b6), arrives(b6)}, a: a4, b: b4, same: true, server: true, client: true},
	{name: "bridge: the connection between them is forwarded", facts: []fact{forwards(a4, b4, 7), sends(a4), sends(b4)}, a: a4, b: b4},
	{name: "bridge: it shows late", facts: []fact{sends(a4), sends(b4), forwards(a4, b4, 7)}, a: a4, b: b4},
	{name: "router: one of them talks to a third", facts: []fact{sendsAt(a4, 7), sendsAt(b4, 8), forwards(a4, c4, 3)}, a: a4, b: b4},
	{name: "tcpdump -Q out: two servers with one client", facts: []fact{forwards(c4, a4, 3), forwards(c4, b4, 3), sends(a4), sends(b4)}, a: a4, b: b4},
	{name: "bridge: others are forwarded at the interface of one", facts: []fact{sendsAt(a4, 7), sendsAt(b4, 8), forwards(c4, d4, 7)}, a: a4, b: b4},
	{name: "bridge: others are forwarded at another interface", facts: []fact{sendsAt(a4, 2), sendsAt(b4, 3), forwards(c4, d4, 7)}, a: a4, b: b4, same: true, server: true, client: true},
	{name: "bridge: one of them is sent elsewhere too", facts: []fact{sendsAt(a4, 7), sendsAt(a4, 2), sendsAt(b4, 3), forwards(c4, d4, 7)}, a: a4, b: b4, same: true, server: true, client: true},
	{name: "hypervisor: three connections are forwarded at other interfaces", facts: []fact{sendsAt(a4, 2), sendsAt(b4, 3), forwards(c4, d4, 7), forwards(c4, "10.7.0.5", 8), forwards(c4, "10.7.0.6", 9)}, a: a4, b: b4},
	{name: "container host: a client arrives here and is sent there, three times", facts: []fact{sendsAt(a4, 2), sendsAt(b4, 3),
		arrivesAt(c4, 2), sendsAt(c4, 7), arrivesAt(d4, 2), sendsAt(d4, 7), sendsAt("10.7.0.5", 7), arrivesAt("10.7.0.5", 2)}, a: a4, b: b4},
	{name: "marks: two captures, of two machines", facts: []fact{passage(0, capture.Sent, a4, b4, 2), passage(0, capture.Arrived, b4, a4, 2), passage(1, capture.Sent, b4, a4, 2), passage(1, capture.Arrived, a4, b4, 2)}, a: a4, b: b4},
	{name: "marks: two captures, one on the machine", facts: []fact{sends(a4), sends(b4), passage(1, capture.Arrived, a4, b4, 2), passage(1, capture.Forwarded, a4, b4, 2)}, a: a4, b: b4, same: true, server: true, client: true},

	{name: "alias", aliases: map[string][]string{"web01": {a4, b4}}, a: a4, b: b4, same: true, server: true, client: true},
	{name: "alias: IPv4 and IPv6", aliases: map[string][]string{"web01": {a4, a6}}, a: a6, b: a4, same: true, server: true, client: true},
	{name: "alias: IPv4 written as IPv6", aliases: map[string][]string{"web01": {a4, "::ffff:" + b4}}, a: a4, b: b4, same: true, server: true, client: true},
	{name: "alias: two machines", aliases: map[string][]string{"web01": {a4}, "web02": {b4}}, a: a4, b: b4},
	{name: "alias: no address", aliases: map[string][]string{"web01": {a4, "web01.corp.example"}}, a: a4, b: b4},
	{name: "resolved: one name", facts: []fact{called(a4, "web01"), called(b4, "WEB01")}, a: a4, b: b4, same: true, server: true, client: true},
	{name: "resolved: two names", facts: []fact{called(a4, "web01"), called(b4, "web02")}, a: a4, b: b4},
	{name: "resolved: no name", facts: []fact{called(a4, ""), called(b4, "")}, a: a4, b: b4},
	{name: "resolved: an alias counts more", aliases: map[string][]string{"web01": {a4}}, facts: []fact{called(a4, "proxy"), called(b4, "proxy")}, a: a4, b: b4},

	{name: "names: the workstation is the server", facts: []fact{visits(a4, "web01"), serves(b4, "WEB01")}, a: a4, b: b4, same: true},
	{name: "names: the workstation is the server, of which its CHALLENGE is seen first", facts: []fact{serves(b4, "WEB01"), visits(a4, "web01")}, a: a4, b: b4, same: true},
	{name: "names: the workstation is the server at an IPv6 address", facts: []fact{visits(a4, "WEB01"), serves(b6, "WEB01")}, a: a4, b: b6, same: true},
	{name: "names: a DNS name and its first label", facts: []fact{visits(a4, "web01.corp.example"), serves(b4, "WEB01")}, a: a4, b: b4, same: true},
	{name: "names: more than 15 characters", facts: []fact{visits(a4, "reporting-server-01"), serves(b4, "REPORTING-SERVE")}, a: a4, b: b4, same: true},
	{name: "names: two", facts: []fact{visits(a4, "web01"), serves(b4, "WEB02")}, a: a4, b: b4},
	{name: "names: empty", facts: []fact{visits(a4, ""), serves(b4, "")}, a: a4, b: b4},
	{name: "names: the same workstation again", facts: []fact{visits(a4, "WEB01"), visits(a4, "web01"), serves(b4, "WEB01")}, a: a4, b: b4, same: true},
	{name: "names: one of the server's names", facts: []fact{visits(a4, "WEB02"), serves(b4, "WEB01"), serves(b4, "WEB02")}, a: a4, b: b4, same: true},
	{name: "clones: two clients at once", facts: []fact{visitsAt(a4, "WEB01", 1), visitsAt(c4, "WEB01", 4), serves(b4, "WEB01")}, a: a4, b: b4},
	{name: "clones: two clients at once, one of which asks without a logon", facts: []fact{visitsAt(a4, "WEB01", 1), visitsAt(c4, "WEB01", 20), activeAt(a4, 25), serves(b4, "WEB01")}, a: a4, b: b4},
	{name: "clones: at once and never again", facts: []fact{visitsAt(a4, "WEB01", 1), visitsAt(c4, "WEB01", 1), visitsAt(a4, "WEB01", 900), serves(b4, "WEB01")}, a: a4, b: b4},
	{name: "an address that changes: two clients one after the other", facts: []fact{visitsAt(a4, "WEB01", 1), visitsAt(c4, "WEB01", 20), activeAt(c4, 25), serves(b4, "WEB01")}, a: a4, b: b4, same: true},
	{name: "IPv4 and IPv6 at once are one machine", facts: []fact{visitsAt(a4, "WEB01", 1), visitsAt(a6, "WEB01", 2), serves(b4, "WEB01")}, a: a4, b: b4, same: true},
	{name: "clones: two servers", facts: []fact{visits(a4, "WEB01"), serves(b4, "WEB01"), serves(c4, "WEB01")}, a: a4, b: b4},
	{name: "two servers, of which one was heard of long ago", facts: []fact{visits(a4, "WEB01"), servesAt(c4, "WEB01", 1), servesAt(b4, "WEB01", 700)}, a: a4, b: b4, same: true},
	{name: "a server and a virtual address with other names", facts: []fact{visits(a4, "WEB01"), serves(b4, "WEB01"), serves(c4, "WEB02"), serves(c4, "WEB01")}, a: a4, b: b4, same: true},
	{name: "default names: curl's", facts: []fact{visits(a4, "WORKSTATION"), serves(b4, "WORKSTATION")}, a: a4, b: b4},
	{name: "default names: that of a system without a name", facts: []fact{visits(a4, "localhost.localdomain"), serves(b4, "LOCALHOST")}, a: a4, b: b4},

	{name: "NAT: several workstations at the client's address", facts: []fact{visits(a4, "WEB01"), visits(a4, "PC-7"), serves(b4, "WEB01")}, a: a4, b: b4},
	{name: "NAT: the server's name comes last", facts: []fact{visits(a4, "PC-7"), visits(a4, "WEB01"), serves(b4, "WEB01")}, a: a4, b: b4},
	{name: "NAT: and a workstation comes again", facts: []fact{visits(a4, "WEB01"), visits(a4, "PC-7"), visits(a4, "WEB01"), serves(b4, "WEB01")}, a: a4, b: b4},
	{name: "NAT: another client bears one of its names", facts: []fact{serves(b4, "WEB01"), visitsAt(c4, "PC-7", 1), visitsAt(c4, "WEB01", 2), visitsAt(a4, "WEB01", 4)}, a: a4, b: b4},
	{name: "NAT: another client bore one of its names before", facts: []fact{visitsAt(a4, "WEB01", 1), visitsAt(c4, "PC-7", 2), visitsAt(c4, "WEB01", 3), serves(b4, "WEB01")}, a: a4, b: b4},
	{name: "NAT: another client bears one of its names much later", facts: []fact{serves(b4, "WEB01"), visitsAt(c4, "PC-7", 1), visitsAt(c4, "WEB01", 2), visitsAt(a4, "WEB01", 40)}, a: a4, b: b4, same: true},

	{name: "servers: one name", facts: []fact{serves(a4, "WEB01"), serves(b4, "web01")}, a: a4, b: b4, server: true},
	{name: "servers: one name, IPv4 and IPv6", facts: []fact{serves(a4, "WEB01"), serves(a6, "WEB01")}, a: a4, b: a6, server: true},
	{name: "servers: a default name", facts: []fact{serves(a4, "LOCALHOST"), serves(b4, "LOCALHOST")}, a: a4, b: b4},
	{name: "servers: two names", facts: []fact{serves(a4, "WEB01"), serves(b4, "WEB02")}, a: a4, b: b4},
	{name: "servers: one has no name", facts: []fact{serves(a4, "WEB01"), serves(b4, "")}, a: a4, b: b4},
	{name: "servers: none has a name", facts: []fact{serves(a4, ""), serves(b4, "")}, a: a4, b: b4},
	{name: "servers: one is a farm", facts: []fact{serves(a4, "WEB01"), serves(a4, "WEB02"), serves(b4, "WEB01")}, a: a4, b: b4},
	{name: "servers: both are one farm", facts: []fact{serves(a4, "WEB01"), serves(a4, "WEB02"), serves(b4, "WEB01"), serves(b4, "WEB02")}, a: a4, b: b4},

	{name: "clients: one workstation, IPv4 and IPv6", facts: []fact{visits(a4, "PC-7"), visits(a6, "pc-7")}, a: a4, b: a6, client: true},
	{name: "clients: one workstation, IPv6 and IPv4", facts: []fact{visits(a4, "PC-7"), visits(a6, "pc-7")}, a: a6, b: a4, client: true},
	{name: "clients: one workstation, two IPv4 addresses", facts: []fact{visits(a4, "WORKSTATION"), visits(b4, "WORKSTATION")}, a: a4, b: b4},
	{name: "clients: one workstation, two IPv6 addresses", facts: []fact{visits(a6, "WORKSTATION"), visits(b6, "WORKSTATION")}, a: a6, b: b6},
	{name: "clients: two workstations", facts: []fact{visits(a4, "PC-7"), visits(a6, "PC-8")}, a: a4, b: a6},
	{name: "clients: one names none", facts: []fact{visits(a4, "PC-7"), visits(a6, "")}, a: a4, b: a6},
	{name: "clients: none names any", facts: []fact{visits(a4, ""), visits(a6, "")}, a: a4, b: a6},
	{name: "clients: a NAT has one of them", facts: []fact{visits(a4, "PC-7"), visits(a4, "PC-8"), visits(a6, "PC-7")}, a: a4, b: a6},
	{name: "clients: curl, IPv4 and IPv6", facts: []fact{visits(a4, "WORKSTATION"), visits(a6, "WORKSTATION")}, a: a4, b: a6},
	{name: "clients: clones, IPv4 and IPv6", facts: []fact{visits(a4, "PC-7"), visits(c4, "PC-7"), visits(a6, "PC-7")}, a: a4, b: a6},
	{name: "clients: a server's name joins none", facts: []fact{serves(a4, "PC-7"), serves(a6, "PC-7")}, a: a4, b: a6, server: true},
}

func TestOneMachine(t *testing.T) {
	for _, test := range machineTests {
		t.Run(test.name, func(t *testing.T) {
			m := New[int](test.aliases, 100)
			for _, f := range test.facts {
				f(m)
			}
			a, b := netip.MustParseAddr(test.a), netip.MustParseAddr(test.b)
			if got := m.Same(a, b); got != test.same {
				t.Errorf("client and server are one machine: %v", got)
			}
			if x, y := m.SameServer(a, b), m.SameServer(b, a); x != test.server || y != test.server {
				t.Errorf("one server: %v, %v", x, y)
			}
			if x, y := m.SameClient(a, b), m.SameClient(b, a); x != test.client || y != test.client {
				t.Errorf("one client: %v, %v", x, y)
			}
			if a == b || !test.same {
				return
			}
			// What finds the machine of a client among all servers must agree.
			if !m.Tiered() {
				t.Error("client and server are one machine, but no machine is both")
			}
			if got := m.AsServer(a); got[0] != a || !slices.Contains(got, b) || !m.SeveralAddresses(m.Host(a)) {
				t.Errorf("the client %s is the servers %s", a, got)
			}
		})
	}
}

// TestTiered tests what shows that a machine may be both a client and a server.
func TestTiered(t *testing.T) {
	meets := func(client, server string) fact {
		return func(m *Machines[int]) { m.Meet(host(m, client), host(m, server)) }
	}
	for name, test := range map[string]struct {
		facts []fact
		want  bool
	}{
		"nothing":                              {},
		"clients and servers":                  {[]fact{meets(a4, b4), meets(a6, b4)}, false},
		"a server that is a client":            {[]fact{meets(a4, b4), meets(b4, b6)}, true},
		"a client that is a server":            {[]fact{meets(b4, b6), meets(a4, b4)}, true},
		"a client of itself":                   {[]fact{meets(a4, a4)}, true},
		"two addresses of one machine":         {[]fact{sends(a4), sends(b4)}, true},
		"one address of the capturing machine": {[]fact{sends(a4), arrives(b4)}, false},
		"names that do not meet":               {[]fact{visits(a4, "PC-7"), serves(b4, "WEB01")}, false},
		"names that meet":                      {[]fact{visits(a4, "WEB01"), serves(b4, "WEB01")}, true},
		"an empty name that was resolved":      {[]fact{called(a4, "")}, false},
		"a name that was resolved":             {[]fact{called(a4, "web01")}, true},
	} {
		m := New[int](nil, 100)
		for _, f := range test.facts {
			f(m)
		}
		if m.Tiered() != test.want {
			t.Errorf("%s: %v", name, m.Tiered())
		}
	}
}

// TestRoutedIsNotOwn lets an address turn out to be one that the capturing
// machine forwards for.
func TestRoutedIsNotOwn(t *testing.T) {
	m := New[int](nil, 100)
	for _, f := range []fact{sends(a4), sends(b4), sends(b6), arrives(b4)} {
		f(m)
	}
	want := []netip.Addr{netip.MustParseAddr(a4), netip.MustParseAddr(b6)}
	if got := m.AsServer(want[0]); !slices.Equal(got, want) {
		t.Errorf("the capturing machine is %s, want %s", got, want)
	}
}

// TestHostsAreBounded meets more hosts than are numbered: the others prove
// nothing, and nothing is kept of them.
func TestHostsAreBounded(t *testing.T) {
	m := New[int](nil, 1)
	visits(a4, "WEB01")(m)
	serves(b4, "WEB01")(m)
	if !m.Full() || host(m, b4).ID != 0 || m.Same(netip.MustParseAddr(a4), netip.MustParseAddr(b4)) {
		t.Errorf("%+v", host(m, b4))
	}
}

// TestOwnAddressesAreBounded lets a machine send from more addresses than one
// machine has: it forwards.
func TestOwnAddressesAreBounded(t *testing.T) {
	m := New[int](nil, 1)
	addr := func(i int) string { return netip.AddrFrom4([4]byte{10, 6, byte(i >> 8), byte(i)}).String() }
	for i := range 2 * maxOwn {
		if same := m.Same(netip.MustParseAddr(addr(0)), netip.MustParseAddr(addr(1))); same != (i > 1 && i <= maxOwn) {
			t.Fatalf("with %d addresses: %v", i, same)
		}
		sends(addr(i))(m)
	}
}

// TestForgetHosts forgets one of three hosts, and its names with it.
func TestForgetHosts(t *testing.T) {
	m := New[int](nil, 100)
	for _, f := range []fact{visits(a4, "WEB01"), serves(b4, "WEB01"), serves(b6, "WEB01")} {
		f(m)
	}
	client, server := host(m, a4), host(m, b4)
	m.Forget(slices.Values([]*Host[int]{server, client, server}))
	if server.ID != 1 || client.ID != 2 || !m.Same(client.Addr(), server.Addr()) || m.Same(client.Addr(), netip.MustParseAddr(b6)) {
		t.Errorf("%+v, %+v", client, server)
	}
	if got, want := m.AsServer(client.Addr()), []netip.Addr{client.Addr(), server.Addr()}; !slices.Equal(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestNames(t *testing.T) {
	m := New[int](nil, 100)
	for _, f := range []fact{serves(a4, "web01"), serves(b4, "WEB01"), serves(b4, "WEB02")} {
		f(m)
	}
	for addr, want := range map[string]string{a4: "WEB01", b4: b4, a6: a6} {
		if got := m.Name(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is %q, want %q", addr, got, want)
		}
	}
	for _, test := range []struct {
		client, name string
		want         bool
	}{{a4, "WEB01", true}, {a4, "WEB02", false}, {b4, "WEB02", true}, {a6, "WEB01", false}} {
		if got := m.ServesAs(netip.MustParseAddr(test.client), test.name); got != test.want {
			t.Errorf("%s serves as %s: %v", test.client, test.name, got)
		}
	}
	// Of an address with many names, all but the first few are dropped.
	for _, c := range "ABCDEFGH" {
		serves(b6, "W"+string(c))(m)
	}
	if b := netip.MustParseAddr(b6); !m.ServesAs(b, "WA") || !m.ServesAs(b, "WE") || m.ServesAs(b, "WF") || m.ServesAs(b, "WH") {
		t.Error("other names are kept than the first five")
	}
}
