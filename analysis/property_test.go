package analysis_test

import (
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/samples"
)

// What is found is a property of the traffic: not of the file that holds it,
// not of the addresses that the machines happen to have, not of the day. These
// tests change one of them in every sample and compare what is said.

// sample is a sample as it was read, and what its findings say.
type sample struct {
	name    string // "double-hop-anonymous/hit-impersonated-page"
	file    []byte
	packets []capture.Packet
	said    []string
	rules   map[string]bool // of the findings
	samples.Sample
}

// eachSample runs a test on every sample.
func eachSample(t *testing.T, test func(*testing.T, sample)) {
	t.Helper()
	told := map[string]samples.Sample{}
	for _, s := range samples.All() {
		told[s.Name] = s
	}
	for _, name := range sampleFiles(t) {
		s := sample{name: strings.TrimSuffix(strings.TrimPrefix(name, "../samples/"), ".pcap"), rules: map[string]bool{}}
		var err error
		if s.file, err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
		if s.packets, err = analysistest.Packets(s.file); err != nil {
			t.Fatal(err)
		}
		found := analysistest.ReadPackets(s.packets, analysis.Options{}).Findings
		s.said = analysistest.Said(found)
		for i := range found {
			s.rules[found[i].Rule.ID] = true
		}
		s.Sample = told[s.name]
		t.Run(s.name, func(t *testing.T) { test(t, s) })
	}
}

// same checks that packets say what the sample says.
func (s sample) same(t *testing.T, how string, packets []capture.Packet) {
	t.Helper()
	r := analysistest.ReadPackets(packets, analysis.Options{})
	if d := analysistest.Difference(s.said, analysistest.Said(r.Findings)); d != "" {
		t.Errorf("%s:%s", how, d)
	}
}

// TestFormOfTheFile writes every sample in other formats.
func TestFormOfTheFile(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		for form, file := range map[string][]byte{
			"as it is": s.file,
			"pcap":     analysistest.PCAP(s.packets),
			"pcapng":   analysistest.PCAPNG(s.packets),
			"gzip":     packettest.Gzip(t, s.file),
		} {
			r, err := analysistest.Read(file, analysis.Options{})
			if err != nil {
				t.Fatalf("%s: %v", form, err)
			}
			if d := analysistest.Difference(s.said, analysistest.Said(r.Findings)); d != "" {
				t.Errorf("%s:%s", form, d)
			}
		}
	})
}

// TestLinkLayer puts the IP packets of every sample on other link layers.
func TestLinkLayer(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		if s.Marks {
			t.Skip("the marks are evidence here")
		}
		for name, l := range links {
			s.same(t, name, onLink(s.packets, l))
		}
	})
}

// TestDayOfTheCapture captures every sample a moment sooner or later, and years
// later. Clocks are then wrong, which is the subject of one rule; it may cover
// others, which know no clock.
func TestDayOfTheCapture(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		if s.rules["clock-skew"] {
			t.Skip("the time is the subject")
		}
		for _, d := range []time.Duration{-700 * time.Millisecond, 3 * time.Second} {
			s.same(t, "moved by "+d.String(), moved(s.packets, d))
		}
		before := analysistest.ReadPackets(s.packets, analysis.Options{All: true})
		after := analysistest.ReadPackets(moved(s.packets, 1000*24*time.Hour), analysis.Options{All: true})
		after.Findings = slices.DeleteFunc(after.Findings, func(f *report.Finding) bool { return f.Rule.ID == "clock-skew" })
		if d := analysistest.Difference(analysistest.Said(before.Findings), analysistest.Said(after.Findings)); d != "" {
			t.Errorf("moved by years:%s", d)
		}
	})
}

// TestIndependentConnections moves what has nothing in common, no address of
// either end, in time against the rest.
func TestIndependentConnections(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		groups := independent(s.packets)
		if len(groups) < 2 || s.Marks {
			t.Skip("all connections have to do with one another")
		}
		if shareMessage(groups) {
			t.Skip("a message went from one connection on to another: one caused the other")
		}
		for _, d := range []time.Duration{-2 * time.Second, -3 * time.Millisecond, 700 * time.Microsecond, 40 * time.Millisecond, 5 * time.Second} {
			for g := range groups {
				var packets []capture.Packet
				for i, group := range groups {
					shift := time.Duration(0)
					if i == g {
						shift = d
					}
					packets = append(packets, moved(group, shift)...)
				}
				slices.SortStableFunc(packets, func(a, b capture.Packet) int { return int(a.Time - b.Time) })
				s.same(t, "one group moved by "+d.String(), numbered(packets))
			}
		}
	})
}

// sharedText is a CHALLENGE_MESSAGE or an AUTHENTICATE_MESSAGE as HTTP carries
// it.
var sharedText = regexp.MustCompile("TlRMTVNTUAA[CD][A-Za-z0-9+/=]+")

// shareMessage reports whether two groups hold the same of these messages.
func shareMessage(groups [][]capture.Packet) bool {
	in := map[string]int{}
	for g, packets := range groups {
		for _, p := range packets {
			for _, c := range sharedText.FindAll(p.Data, -1) {
				if other, found := in[string(c)]; found && other != g {
					return true
				}
				in[string(c)] = g
			}
		}
	}
	return false
}

func moved(packets []capture.Packet, d time.Duration) []capture.Packet {
	out := slices.Clone(packets)
	for i := range out {
		out[i].Time += int64(d)
	}
	return out
}

// numbered counts the frames anew.
func numbered(packets []capture.Packet) []capture.Packet {
	for i := range packets {
		packets[i].Frame = int64(i + 1)
	}
	return packets
}

// independent sorts packets into groups that have no address in common.
func independent(packets []capture.Packet) [][]capture.Packet {
	above := map[netip.Addr]netip.Addr{}
	var top func(netip.Addr) netip.Addr
	top = func(a netip.Addr) netip.Addr {
		if b, ok := above[a]; ok && b != a {
			return top(b)
		}
		return a
	}
	ends := func(p capture.Packet) (src, dst netip.Addr) {
		h := headersOf(p)
		return h.addr(h.src), h.addr(h.dst)
	}
	for _, p := range packets {
		src, dst := ends(p)
		above[top(src)] = top(dst)
	}
	place := map[netip.Addr]int{}
	var groups [][]capture.Packet
	for _, p := range packets {
		src, _ := ends(p)
		i, ok := place[top(src)]
		if !ok {
			i = len(groups)
			place[top(src)] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], p)
	}
	return groups
}
