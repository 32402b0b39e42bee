package filter

import (
	"reflect"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/internal/assigned"
)

// FuzzParse wants of every expression a filter whose canonical form is the same
// filter, or an error that names a place in it.
func FuzzParse(f *testing.F) {
	for _, c := range canonical {
		f.Add(c.expr)
	}
	for _, c := range refusals {
		f.Add(c.expr)
	}
	for _, expr := range byHand {
		f.Add(expr)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		a, err := Parse(expr)
		if err != nil {
			e, ok := err.(*SyntaxError)
			if !ok || e.Column < 1 || e.Column > len(expr)+1 || e.Text == "" {
				t.Errorf("%q: %#v", expr, err)
			}
			return
		}
		b, err := Parse(a.String())
		if err != nil {
			t.Fatalf("%q: canonical form %q: %v", expr, a, err)
		}
		if a.String() != b.String() || !reflect.DeepEqual(a, b) {
			t.Errorf("%q is %q, which is %q", expr, a, b)
		}
	})
}

// FuzzMatch wants of any packet on any link that nothing panics, and that the
// kernel drops nothing that is to be kept.
func FuzzMatch(f *testing.F) {
	for _, b := range plainFrames() {
		f.Add("tcp port 80 or host 10.9.0.10 and not vlan 10", uint32(capture.LinkEthernet), b, uint16(0))
	}
	for i, b := range oddFrames() {
		f.Add(byHand[(7*i)%len(byHand)], uint32(capture.LinkEthernet), b, uint16(4))
	}
	for i, p := range onLinks(plainFrames()["tcp6"]) {
		f.Add(byHand[(11*i)%len(byHand)], uint32(p.Link), p.Data, uint16(0))
	}
	f.Fuzz(func(t *testing.T, expr string, link uint32, b []byte, missing uint16) {
		filter, err := Parse(expr)
		if err != nil || len(expr) > 1000 {
			return
		}
		p := packettest.New(capture.LinkType(link), b)
		newMachines(t, filter).check(t, p)
		if raw, ok := TCPOnly(p.Link); ok && mustParse(t, "tcp").Keep(p) {
			m := newMachine(t, raw)
			for _, s := range sockets(p) {
				if !m.passes(t, s) {
					t.Errorf("TCPOnly drops %v %x", p.Link, b)
				}
			}
		}
		p.Length += int(missing)
		p.FCS = int(missing % 5)
		filter.Match(p)
		filter.Keep(p)
	})
}

func BenchmarkParse(b *testing.B) {
	for name, expr := range map[string]string{
		"short": "tcp port 80",
		"usual": "host 10.9.0.10 and (tcp port 80 or 443 or 8080) and not net 192.168.0.0/16",
		"long":  "host 10.9.0.10" + strings.Repeat(" or 2001:db8::10", 500),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(expr)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(expr); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMatch(b *testing.B) {
	big := ended(50000, 80, make([]byte, 1000)...)
	frames := map[string][]byte{
		"tcp4":  ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoTCP, 0, big)),
		"tcp6":  ether(assigned.EtherIPv6, ip6(pc6, web6, assigned.ProtoTCP, big)),
		"vlan":  ether(assigned.EtherVLAN, tag(10, assigned.EtherIPv4, ip4(pc, web, assigned.ProtoTCP, 0, big))),
		"vxlan": vxlan(ether(assigned.EtherIPv4, ip4(pc, web, assigned.ProtoTCP, 0, big))),
	}
	for _, expr := range []string{"tcp port 80", "host 10.9.0.10 and (tcp port 443 or 8080) or not net 10.9"} {
		f := mustParse(b, expr)
		for name, frame := range frames {
			p := packettest.New(capture.LinkEthernet, frame)
			b.Run(strings.ReplaceAll(expr, " ", "_")+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(frame)))
				b.ReportAllocs()
				for b.Loop() {
					f.Match(p)
				}
			})
		}
	}
}
