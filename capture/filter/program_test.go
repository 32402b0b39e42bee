package filter

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
)

func TestProgram(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var packets []*capture.Packet
	for _, b := range plainFrames() {
		packets = append(packets, onLinks(b)...)
	}
	for _, b := range oddFrames() {
		packets = append(packets, onLinks(b)...)
	}
	exprs := byHand
	for range 150 {
		exprs = append(exprs, expression(r, 1+r.IntN(6)))
	}
	for _, expr := range exprs {
		m := newMachines(t, mustParse(t, expr))
		for _, p := range packets {
			m.check(t, p)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// TestProgramDrops holds that programs are of use: they drop what does not
// match.
func TestProgramDrops(t *testing.T) {
	for _, c := range []struct {
		expr, frame string
		drops       bool
	}{
		{"tcp port 80", "tcp4", false},
		{"tcp port 443", "tcp4", true},
		{"tcp port 443", "later fragment", false},
		{"udp port 443", "later fragment", true},
		{"host 10.9.0.99", "later fragment", true},
		{"tcp", "lldp", true},
		{"tcp", "stp", true},
		{"not tcp", "tcp4", true},
		{"host 2001:db8::10", "tcp4", true},
		{"tcp port 443", "tcp6", true},
		{"tcp port 443", "tcp6 hop-by-hop", false},
		{"vlan", "tcp4", true},
		{"less 40", "tcp4", true},
	} {
		raw, ok := mustParse(t, c.expr).Program(capture.LinkEthernet)
		if !ok {
			t.Fatalf("%q has no program", c.expr)
		}
		if got := !newMachine(t, raw).passes(t, socket{data: plainFrames()[c.frame]}); got != c.drops {
			t.Errorf("%q drops %s: %v", c.expr, c.frame, got)
		}
	}
}

// TestLongProgram holds that jumps of more than 255 instructions arrive, and
// that what no kernel takes is no program.
func TestLongProgram(t *testing.T) {
	var parts []string
	for i := range 110 {
		parts = append(parts, fmt.Sprintf("host 10.7.%d.%d", i, i))
	}
	expr := "not (" + strings.Join(parts, " or ") + ") and (port 80 or host 10.9.0.10 or port 53)"
	f := mustParse(t, expr)
	raw, ok := f.Program(capture.LinkEthernet)
	if !ok || len(raw) < 600 {
		t.Fatalf("%d instructions, %v", len(raw), ok)
	}
	m := newMachines(t, f)
	for _, b := range plainFrames() {
		m.check(t, packettest.New(capture.LinkEthernet, b))
	}
	for len(parts) < maxPrimitives {
		parts = append(parts, "net 2001:db8::/127")
	}
	if raw, ok := mustParse(t, strings.Join(parts, " or ")).Program(capture.LinkEthernet); ok {
		t.Errorf("a program of %d instructions", len(raw))
	}
}

func TestProgramLinkTypes(t *testing.T) {
	f := mustParse(t, "tcp")
	for _, link := range []capture.LinkType{capture.LinkNull, capture.LinkLoop, linkPPP, 105} {
		if _, ok := f.Program(link); ok {
			t.Errorf("a program for %v", link)
		}
		if _, ok := TCPOnly(link); ok {
			t.Errorf("TCPOnly has a program for %v", link)
		}
	}
}

func TestTCPOnly(t *testing.T) {
	plain := plainFrames()
	passes := []string{
		"tcp4", "tcp4 answer", "tcp4 options", "tcp4 https", "later fragment", "last fragment", "tcp6", "tcp6 answer",
		"tcp6 hop-by-hop", "tcp6 fragment", "icmp6 fragment", "esp", "kerberos", "range border", "mapped in ip6", "same two ends",
	}
	for name, b := range plain {
		if name != "ip4 version 6" { // which is something else without an EtherType
			checkTCPOnly(t, name, b, slices.Contains(passes, name))
		}
	}
	for i, b := range oddFrames()[5:19] {
		checkTCPOnly(t, fmt.Sprint("odd ", i), b, i != 1 && i != 3)
	}
}

// checkTCPOnly wants of a frame that TCPOnly lets it through, or not, however
// the socket sees it, on every link. Tags in the frame are let through.
func checkTCPOnly(t *testing.T, name string, b []byte, want bool) {
	t.Helper()
	for _, p := range onLinks(b) {
		raw, ok := TCPOnly(p.Link)
		if !ok {
			t.Fatalf("no program for %v", p.Link)
		}
		seen := sockets(p)
		if got := newMachine(t, raw).passes(t, seen[len(seen)-1]); got != want {
			t.Errorf("%s on %v: %v, want %v", name, p.Link, got, want)
		}
	}
}

func BenchmarkProgram(b *testing.B) {
	f := mustParse(b, "tcp port 80 and net 10.9")
	b.ReportAllocs()
	for b.Loop() {
		f.Program(capture.LinkEthernet)
	}
}
