package analysis_test

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/capture"
)

// natChanges is what becomes of a finding if a NAT hides that two clients are
// two, with the section of the catalogue that asks for it. Everything else must
// be found as it is without one.
var natChanges = []*change{
	{from: "token-replayed-by-other-client high/medium", to: "stale-token-resent medium/high", why: "4.3 (3): no other client machine sends the token"},
	{from: "double-hop-token-replay high/medium", to: "double-hop-token-replay high/high", why: "4.3 (4): no machine but the token's client sends it"},
	{from: "identity-bleed high/medium", to: "identity-bleed high/medium", why: "B: other fields than the address tell the clients apart, and are named"},
	{from: "error-after-logon info/high", to: "", why: "4.6: another answer at that place was good"},
	{from: "identity-bleed high/medium", to: "", why: "4.5: clients are compared by their addresses"},
}

// TestBehindNAT gives all machines that are clients alone one address, as a
// NAT in front of the capture does. The findings name the same servers and say
// the same of them.
func TestBehindNAT(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		if s.Marks {
			t.Skip("the marks are evidence here")
		}
		n := natOf(s)
		before := analysistest.ReadPackets(s.packets, analysis.Options{}).Findings
		after := analysistest.ReadPackets(n.hide(s.packets), analysis.Options{}).Findings
		compareStatements(t, statements(before, n.inText), statements(after, n.inText), natChanges)
	})
	allHappened(t, natChanges)
}

// TestBothSidesOfNAT captures every sample at both ends of such a router: each
// packet of a client is seen as it was, and translated. What is said is what is
// said of the clients themselves.
func TestBothSidesOfNAT(t *testing.T) {
	const crossing = int64(5 * time.Microsecond)
	eachSample(t, func(t *testing.T, s sample) {
		if s.Marks || s.packets[0].Link != ethernet {
			t.Skip("the marks are evidence here")
		}
		if s.rules["negotiate-not-offered"] || s.rules["offer-not-taken"] {
			t.Skip("they are about offers: they show them where they were seen first, which is beyond the router")
		}
		n := natOf(s)
		var packets []capture.Packet
		for i, outside := range n.translate(s.packets) {
			inside := s.packets[i]
			switch f := headersOf(inside).flow(); {
			case n.clients[f.src.Addr()]:
				outside.Time += crossing
				packets = append(packets, inside, outside)
			case n.clients[f.dst.Addr()]:
				inside.Time += crossing
				packets = append(packets, outside, inside)
			default:
				packets = append(packets, inside)
			}
		}
		slices.SortStableFunc(packets, func(a, b capture.Packet) int { return int(a.Time - b.Time) })
		r := analysistest.ReadPackets(numbered(packets), analysis.Options{})
		// What is cut, lost or one-sided is so twice.
		if d := analysistest.Difference(withoutRule(s.said, "capture-incomplete"), withoutRule(analysistest.Said(r.Findings), "capture-incomplete")); d != "" {
			t.Error(d)
		}
		if s.rules["capture-incomplete"] {
			return // a connection without its beginning has no copies
		}
		for _, h := range r.Hops.All() {
			if h.Client == nat4 || h.Client == nat6 {
				t.Errorf("a hop from %s: %+v", h.Client, h)
			}
		}
	})
}

// withoutRule leaves out what a rule says.
func withoutRule(said []string, rule string) []string {
	return slices.DeleteFunc(slices.Clone(said), func(line string) bool { return strings.HasPrefix(line, rule+" ") })
}

// nat is a router that gives its clients one address, of either family.
type nat struct {
	clients map[netip.Addr]bool
	ports   map[netip.AddrPort]uint16
}

var (
	nat4 = netip.MustParseAddr("10.9.8.77")
	nat6 = netip.MustParseAddr("fd00:9::77")
)

func natOf(s sample) nat {
	n := nat{clients: onlyClients(s.packets), ports: map[netip.AddrPort]uint16{}}
	for _, a := range s.Cards {
		delete(n.clients, a)
	}
	return n
}

func (n nat) addr(a netip.Addr) netip.Addr {
	switch {
	case !n.clients[a]:
		return a
	case a.Is4():
		return nat4
	}
	return nat6
}

// end keeps the ports of the clients apart.
func (n nat) end(e netip.AddrPort) netip.AddrPort {
	if !n.clients[e.Addr()] {
		return e
	}
	if n.ports[e] == 0 {
		n.ports[e] = uint16(firstEphemeral + len(n.ports))
	}
	return netip.AddrPortFrom(n.addr(e.Addr()), n.ports[e])
}

// hide gives what was captured beyond the NAT. Servers know it alone, and
// forward no other address.
func (n nat) hide(packets []capture.Packet) []capture.Packet {
	hidden := rewritten(packets, func(f flow, payload []byte) []byte {
		if n.clients[f.src.Addr()] {
			return payload
		}
		return []byte(n.inText(string(payload)))
	})
	return n.translate(hidden)
}

// translate gives packets the addresses that they have beyond the NAT.
func (n nat) translate(packets []capture.Packet) []capture.Packet {
	return readdressed(packets, func(f flow) flow { return flow{n.end(f.src), n.end(f.dst)} })
}

// inText hides clients in a text.
func (n nat) inText(text string) string {
	return anyEndpoint.ReplaceAllStringFunc(text, func(s string) string {
		if e, err := netip.ParseAddrPort(s); err == nil {
			return n.end(e).String()
		}
		if a, err := netip.ParseAddr(s); err == nil {
			return n.addr(a).String()
		}
		return s
	})
}

// anyEndpoint is what may be an address in a text, with or without a port.
var anyEndpoint = regexp.MustCompile(`\b10\.[0-9]+\.[0-9]+\.[0-9]+(:[0-9]+)?\b|\bfd00:[0-9a-f:]+\b`)
