package analysis_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
)

// natChanges is what becomes of a finding if a NAT hides that two clients are
// two, with the section of the catalogue that asks for it. Everything else must
// be found as it is without one.
var natChanges = []change{
	{"token-replayed-by-other-client high/medium", "stale-token-resent medium/high", "4.3 (3): no other client machine sends the token"},
	{"double-hop-token-replay high/medium", "double-hop-token-replay high/high", "4.3 (4): no machine but the token's client sends it"},
	{"identity-bleed high/medium", "identity-bleed high/medium", "B: other fields than the address tell the clients apart, and are named"},
	{"identity-bleed high/medium", "", "4.5: clients are compared by their addresses"},
}

// A change is what may become of a finding, both as rule, severity and
// confidence; to is empty if there is none any more.
type change struct{ from, to, why string }

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
}

// TestBothSidesOfNAT captures every sample in front of the NAT and behind it: a
// packet has a copy with another address, and what is found stays the same.
func TestBothSidesOfNAT(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		if s.Marks {
			t.Skip("the marks are evidence here")
		}
		n := natOf(s)
		packets := slices.Clone(s.packets)
		for i, p := range n.hide(s.packets) {
			if p.Time += 5000; n.clients[headersOf(s.packets[i]).flow().dst.Addr()] {
				p.Time -= 2 * 5000
			}
			packets = append(packets, p)
		}
		slices.SortStableFunc(packets, func(a, b capture.Packet) int { return int(a.Time - b.Time) })
		r := analysistest.ReadPackets(numbered(packets), analysis.Options{})
		if d := analysistest.Difference(withoutCuts(s.said), withoutCuts(analysistest.Said(r.Findings))); d != "" {
			t.Error(d)
		}
	})
}

// A statement is what a finding says of its servers.
type statement struct {
	what  string // rule, severity and confidence
	at    string // the servers
	text  string
	count int
}

func statements(findings []*report.Finding, edit func(string) string) (out []statement) {
	for _, f := range findings {
		out = append(out, statement{
			what:  fmt.Sprintf("%s %s/%s", f.Rule.ID, f.Severity, f.Confidence),
			at:    fmt.Sprint(f.Servers),
			text:  edit(frameNumber.ReplaceAllString(fmt.Sprintf("%s: %s", f.User, f.Summary), "frame N")),
			count: f.Count,
		})
	}
	return out
}

var frameNumber = regexp.MustCompile(`frame \d+`)

// compareStatements checks that the same is said, but for changes, and for two rows
// that are one because their clients are one.
func compareStatements(t *testing.T, before, after []statement, changes []change) {
	t.Helper()
	lost, added := statementsWithout(before, after), statementsWithout(after, before)
	for _, c := range changes {
		for {
			i := slices.IndexFunc(lost, func(x statement) bool { return x.what == c.from })
			if i < 0 {
				break
			}
			j := slices.IndexFunc(added, func(x statement) bool { return x.what == c.to && x.at == lost[i].at })
			if j < 0 && c.to != "" {
				break
			}
			lost = slices.Delete(lost, i, i+1)
			if j >= 0 {
				added = slices.Delete(added, j, j+1)
			}
		}
	}
	for _, x := range lost {
		if of := func(list []statement) (n int) {
			for _, y := range list {
				if y.what == x.what && y.at == x.at {
					n += y.count
				}
			}
			return n
		}; of(after) != of(before) {
			t.Errorf("missing: %v", x)
		}
	}
	for _, x := range added {
		t.Errorf("not wanted: %v", x)
	}
}

// statementsWithout returns the statements that others have not, whatever their counts.
func statementsWithout(list, others []statement) (out []statement) {
	for _, x := range list {
		if !slices.ContainsFunc(others, func(y statement) bool { return x.what == y.what && x.at == y.at && x.text == y.text }) {
			out = append(out, x)
		}
	}
	return out
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
	return readdressed(hidden, func(f flow) flow { return flow{n.end(f.src), n.end(f.dst)} })
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
