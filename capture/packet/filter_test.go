package packet_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/net/bpf"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/file"
	"ntlmtrace/capture/filter"
	"ntlmtrace/capture/packet"
)

// agreement holds that filters look into packets as far as the decoder of this
// package does: what is assembled can be asked for, and TCPOnly lets it
// through.
type agreement struct {
	filters map[string]*filter.Filter
	kernels map[capture.LinkType]*bpf.VM
	checked int
}

func newAgreement(t *testing.T) *agreement {
	a := &agreement{make(map[string]*filter.Filter), make(map[capture.LinkType]*bpf.VM), 0}
	for _, link := range []capture.LinkType{capture.LinkEthernet, capture.LinkRaw, capture.LinkIPv4, capture.LinkIPv6} {
		raw, ok := filter.TCPOnly(link)
		program, known := bpf.Disassemble(raw)
		if !ok || !known {
			t.Fatalf("no program for %v", link)
		}
		vm, err := bpf.NewVM(program)
		if err != nil {
			t.Fatal(err)
		}
		a.kernels[link] = vm
	}
	return a
}

func (a *agreement) matches(t *testing.T, expr string, p *capture.Packet) bool {
	t.Helper()
	return a.parsed(t, expr).Match(p)
}

func (a *agreement) parsed(t *testing.T, expr string) *filter.Filter {
	t.Helper()
	f := a.filters[expr]
	if f == nil {
		var err error
		if f, err = filter.Parse(expr); err != nil {
			t.Fatal(err)
		}
		a.filters[expr] = f
	}
	return f
}

// check wants of a packet with a TCP segment that it matches the addresses, and
// the ports as well unless extension headers hide them.
func (a *agreement) check(t *testing.T, p *capture.Packet) {
	t.Helper()
	src, dst, ok := packet.Ends(p)
	if vm := a.kernels[p.Link]; vm != nil && p.FCS == 0 && (ok || packet.IsFragment(p)) {
		if n, err := vm.Run(p.Data); n == 0 {
			t.Errorf("TCPOnly drops it (%v): %v %x", err, p.Link, p.Data)
		}
	}
	if !ok {
		return
	}
	a.checked++
	hosts := fmt.Sprintf("src %v and dst %v", src.Addr(), dst.Addr())
	if !a.matches(t, hosts, p) && !a.matches(t, fmt.Sprintf("src (%v or %s) and dst (%v or %s)", src.Addr(), six(src.Addr()), dst.Addr(), six(dst.Addr())), p) {
		t.Errorf("%q does not match %v %x", hosts, p.Link, p.Data)
	}
	if !a.matches(t, "tcp", p) {
		return
	}
	ports := fmt.Sprintf("src port %d and dst port %d", src.Port(), dst.Port())
	if !a.parsed(t, ports).Keep(p) { // of an IPv6 fragment libpcap knows no ports
		t.Errorf("%q does not keep %v %x", ports, p.Link, p.Data)
	}
}

// six returns the IPv6 address that the decoder may have taken for an IPv4 one:
// to a filter they differ.
func six(a netip.Addr) string {
	if a.Is4() {
		return "::ffff:" + a.String()
	}
	return a.String()
}

func TestFiltersSeeWhatIsDecoded(t *testing.T) {
	a := newAgreement(t)
	packets := packet.Segments(t)
	r := rand.New(rand.NewPCG(9, 10))
	for _, name := range slices.Sorted(maps.Keys(packets)) {
		p := packets[name]
		before := a.checked
		a.check(t, p)
		if a.checked == before {
			t.Errorf("%s: no segment", name)
		}
		for range 2000 {
			q := *p
			q.Data = bytes.Clone(p.Data)
			for range 1 + r.IntN(3) {
				q.Data[r.IntN(len(q.Data))] ^= 1 << r.IntN(8)
			}
			a.check(t, &q)
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

func TestFiltersSeeWhatIsDecodedOfSharedCaptures(t *testing.T) {
	dir := filepath.Join(packettest.SharedDir(t), "captures", "files")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Skip(err)
	}
	a := newAgreement(t)
	const each = 500
	for _, f := range files {
		s, err := file.Open(filepath.Join(dir, f.Name()), capture.Limits{})
		if err != nil {
			continue
		}
		var p capture.Packet
		for i := 0; i < each && s.Next(&p) == nil; i++ {
			a.check(t, &p)
		}
		s.Close()
		clear(a.filters)
	}
	t.Logf("%d segments", a.checked)
}
