package analysis_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
)

// TestAddressesAndPorts gives every machine of every sample another address,
// in another order, and every connection another port. The findings must name
// these and say the same otherwise.
func TestAddressesAndPorts(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		packets := renamed(s.packets)
		found := analysistest.ReadPackets(packets, analysis.Options{}).Findings
		for _, f := range found {
			nameBack(f)
		}
		before, after := strings.Join(s.said, "\n"), strings.Join(analysistest.Said(found), "\n")
		if d := analysistest.Difference(withoutTarget(before), withoutTarget(after)); d != "" {
			t.Error(d)
		}
	})
}

// withoutTarget leaves out what the client meant to reach: a token names it, and
// is not written anew.
func withoutTarget(said string) []string {
	return strings.Split(target.ReplaceAllString(said, ""), "\n")
}

var target = regexp.MustCompile(`(, for|names the server) [0-9a-f.:]+`)

// renamed gives other addresses and ports to the packets, and to what HTTP
// fields say of them: X-Forwarded-For names a machine that is in the capture.
func renamed(packets []capture.Packet) []capture.Packet {
	out := slices.Clone(packets)
	for i := range out {
		p := &out[i]
		p.Data = slices.Clone(p.Data)
		h := headersOf(*p)
		for _, b := range [][]byte{h.src, h.dst} {
			copy(b, otherAddr(h.addr(b)).AsSlice())
		}
		for _, b := range [][]byte{h.data[h.tcp:], h.data[h.tcp+2:]} {
			be.PutUint16(b, otherPort(be.Uint16(b)))
		}
		text := h.payload()
		copy(text, addresses.ReplaceAllFunc(text, func(b []byte) []byte {
			a, err := netip.ParseAddr(string(b))
			if err != nil {
				return b
			}
			return []byte(otherAddr(a).String())
		}))
		h.sum()
	}
	return out
}

// addresses is what may be an address in a text.
var addresses = regexp.MustCompile(`\b10\.[0-9]+\.[0-9]+\.[0-9]+\b|\bfd00:[0-9a-f:]+`)

// otherAddr is its own inverse. The text of the address keeps its length, so
// that it can be replaced in a segment; the order of two addresses turns round.
func otherAddr(a netip.Addr) netip.Addr {
	b := a.AsSlice()
	if last := len(b) - 1; a.Is6() {
		b[last] = 0xff - b[last]
		if b[last] < 16 || b[last] > 0xef {
			b[last] = a.AsSlice()[last] // its text would be shorter or longer
		}
	} else {
		b[last], b[last-1] = otherOctet(b[last]), otherOctet(b[last-1])
	}
	other, _ := netip.AddrFromSlice(b)
	return other
}

// otherOctet turns the order of the numbers with as many digits round.
func otherOctet(n byte) byte {
	switch {
	case n < 10:
		return 9 - n
	case n < 100:
		return 109 - n
	}
	return byte(355 - int(n))
}

// otherPort is its own inverse, and leaves ephemeral ports among themselves.
func otherPort(p uint16) uint16 {
	if p >= 49152 {
		return uint16(49152 + 65535 - int(p))
	}
	return p ^ 1
}

// nameBack gives a finding the names that it had before.
func nameBack(f *report.Finding) {
	if f.Client.IsValid() {
		f.Client = otherAddr(f.Client)
	}
	f.Servers = slices.Clone(f.Servers)
	for i, s := range f.Servers {
		f.Servers[i] = netip.AddrPortFrom(otherAddr(s.Addr()), otherPort(s.Port()))
	}
	f.Summary = endpoints.ReplaceAllStringFunc(f.Summary, backInText)
	f.Evidence = slices.Clone(f.Evidence)
	for i := range f.Evidence {
		e := &f.Evidence[i]
		e.Text = endpoints.ReplaceAllStringFunc(e.Text, backInText)
	}
}

// endpoints is an address in a text, with or without a port.
var endpoints = regexp.MustCompile(`\b10\.[0-9]+\.[0-9]+\.[0-9]+(:[0-9]+)?|\[?fd00:[0-9a-f:]+(\]:[0-9]+)?`)

func backInText(s string) string {
	if e, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(otherAddr(e.Addr()), otherPort(e.Port())).String()
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return otherAddr(a).String()
	}
	return s
}

// TestOtherNamesAreInverse holds the renaming to what the test above builds on.
func TestOtherNamesAreInverse(t *testing.T) {
	for n := range 256 {
		a := netip.AddrFrom4([4]byte{10, 9, byte(n), 20})
		if other := otherAddr(a); otherAddr(other) != a || len(other.String()) != len(a.String()) {
			t.Errorf("%s becomes %s", a, other)
		}
		six := netip.MustParseAddr(fmt.Sprintf("fd00::%x", n))
		if other := otherAddr(six); otherAddr(other) != six || len(other.String()) != len(six.String()) {
			t.Errorf("%s becomes %s", six, other)
		}
	}
	for p := range 65536 {
		if otherPort(otherPort(uint16(p))) != uint16(p) {
			t.Fatal("port " + strconv.Itoa(p))
		}
	}
}
