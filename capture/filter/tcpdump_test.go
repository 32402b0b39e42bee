package filter

import (
	"bytes"
	"encoding/binary"
	"io"
	"maps"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/file"
	"ntlmtrace/capture/internal/assigned"
)

// corpus is a list of packets of one link type, with a capture file of them.
type corpus struct {
	link    capture.LinkType
	packets []*capture.Packet
}

// add takes p if tcpdump and Match must agree on it: it has neither tags nor
// tunnels, and no header is cut.
func (c *corpus) add(p *capture.Packet) {
	var w walker
	w.walk(p)
	if p.Link != c.link || w.depth > 0 || w.tagged || announcesMore(p) || !isWhole(w.layers[:w.count]) {
		return
	}
	q := *p
	q.Data, q.FCS = bytes.Clone(p.Data), 0
	c.packets = append(c.packets, &q)
}

// isWhole reports whether libpcap can read all that it asks for.
func isWhole(layers []layer) bool {
	for _, l := range layers {
		n := 28
		switch l.kind {
		case layerIPv4:
			n = 20
			if len(l.b) >= 20 && isTransport(l.b[9]) {
				n = max(20, int(l.b[0]&15)*4+4)
			}
		case layerIPv6:
			n = 44
		}
		if len(l.b) < n {
			return false
		}
	}
	return true
}

// pcap writes the packets with their index as the time.
func (c *corpus) pcap() []byte {
	le := binary.LittleEndian
	b := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0}
	b = le.AppendUint32(b, uint32(c.link))
	for i, p := range c.packets {
		b = le.AppendUint32(le.AppendUint32(b, uint32(i)), 0)
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(p.Data))), uint32(p.Length))
		b = append(b, p.Data...)
	}
	return b
}

// tcpdump returns the indexes of the packets in pcap that tcpdump lets through.
func tcpdump(t *testing.T, pcap []byte, expr string) []int {
	t.Helper()
	cmd := exec.Command("tcpdump", "-n", "-r", "-", "-w", "-", expr)
	var complaints bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(pcap), &complaints
	out, err := cmd.Output()
	if strings.Contains(complaints.String(), "expression rejects all packets") {
		return nil // it is an error for libpcap, after it was understood
	}
	if err != nil {
		t.Errorf("%q: tcpdump: %v: %s", expr, err, complaints.Bytes())
		return nil
	}
	s, err := file.NewSource("tcpdump", bytes.NewReader(out), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var found []int
	var p capture.Packet
	for err = s.Next(&p); err == nil; err = s.Next(&p) {
		found = append(found, int(p.Time/1e9))
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	return found
}

// compare wants of an expression that Match and tcpdump find the same.
func (c *corpus) compare(t *testing.T, pcap []byte, expr string) {
	t.Helper()
	f := mustParse(t, expr)
	want := tcpdump(t, pcap, expr)
	for i, p := range c.packets {
		if _, found := slices.BinarySearch(want, i); f.Match(p) != found {
			t.Errorf("%q: tcpdump says %v of %v %x", expr, found, p.Link, p.Data[:min(len(p.Data), 80)])
			return
		}
	}
}

func needTcpdump(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts tcpdump several hundred times")
	}
	if _, err := exec.LookPath("tcpdump"); err != nil {
		t.Skip(err)
	}
}

func TestMatchAgreesWithTcpdump(t *testing.T) {
	needTcpdump(t)
	c := &corpus{link: capture.LinkEthernet}
	for _, name := range slices.Sorted(maps.Keys(plainFrames())) {
		c.add(packettest.New(capture.LinkEthernet, plainFrames()[name]))
	}
	for _, f := range conversation() {
		p := packettest.New(capture.LinkEthernet, f.Data)
		p.Length = f.Length
		c.add(p)
	}
	c.addShared(t)
	pcap := c.pcap()
	r := rand.New(rand.NewPCG(5, 6))
	exprs := slices.Clone(byHand)
	for range 150 {
		exprs = append(exprs, expression(r, 1+r.IntN(7)))
	}
	for _, expr := range exprs {
		c.compare(t, pcap, expr)
	}
	t.Logf("%d expressions, %d packets", len(exprs), len(c.packets))
}

// conversation is a capture with TCP over IPv4 and IPv6, cut short.
func conversation() []*capturetest.Frame {
	c := capturetest.New(capturetest.Snaplen(96))
	for _, pair := range [][2]string{{pc, web}, {pc6, web6}, {"192.168.1.1", "192.168.0.2"}} {
		from, to := capturetest.NewHost(pair[0]), capturetest.NewHost(pair[1])
		c.Dial(from, to.At(80)).Client(capturetest.Request("GET", "/", "web01.corp.example")).Server(capturetest.Response(200, 3000)).Close()
	}
	return c.Frames()
}

// addShared adds the first packets of the captures beside the project.
func (c *corpus) addShared(t *testing.T) {
	t.Helper()
	const each, size, all = 20, 1600, 4000
	names, _ := filepath.Glob(filepath.Join(packettest.SharedDir(t), "captures", "files", "*"))
	for _, name := range names {
		s, err := file.Open(name, capture.Limits{})
		if err != nil {
			continue
		}
		var p capture.Packet
		for i := 0; i < each && len(c.packets) < all && s.Next(&p) == nil; i++ {
			if len(p.Data) <= size {
				c.add(&p)
			}
		}
		s.Close()
	}
}

// TestLinksAgreeWithTcpdump does the same for other link types.
func TestLinksAgreeWithTcpdump(t *testing.T) {
	needTcpdump(t)
	for _, link := range []capture.LinkType{
		capture.LinkRaw, capture.LinkLinuxSLL, capture.LinkLinuxSLL2, capture.LinkIPv4, capture.LinkIPv6, capture.LinkNull, capture.LinkLoop, linkPPP,
	} {
		c := &corpus{link: link}
		for _, name := range slices.Sorted(maps.Keys(plainFrames())) {
			b := plainFrames()[name]
			for _, p := range append(onLinks(b), onLoopback(b)...) {
				c.add(p)
			}
		}
		pcap := c.pcap()
		for i, expr := range byHand {
			// arp on a link that has none is an error for libpcap.
			if i%4 == int(link)%4 && !strings.Contains(expr, "arp") {
				c.compare(t, pcap, expr)
			}
		}
	}
}

// onLoopback returns the packet of an Ethernet frame on links without
// EtherTypes and addresses. The number of IPv6 is that of macOS: tcpdump does
// not know that of Linux.
func onLoopback(b []byte) []*capture.Packet {
	family, proto := byte(2), byte(assigned.PPPIPv4)
	switch be.Uint16(b[12:]) {
	case assigned.EtherIPv4:
	case assigned.EtherIPv6:
		family, proto = 30, assigned.PPPIPv6
	default:
		return nil
	}
	return []*capture.Packet{
		packettest.New(capture.LinkNull, append([]byte{family, 0, 0, 0}, b[14:]...)),
		packettest.New(capture.LinkLoop, append([]byte{0, 0, 0, family}, b[14:]...)),
		packettest.New(linkPPP, append([]byte{0xff, 3, 0, proto}, b[14:]...)),
	}
}

// TestTcpdumpAcceptsWhatParseAccepts makes expressions of words in any order.
func TestTcpdumpAcceptsWhatParseAccepts(t *testing.T) {
	needTcpdump(t)
	words := strings.Fields(`tcp udp ip ip6 icmp icmp6 arp src dst host net port portrange vlan less greater and or not ! && || ( ) ( )
		/ 8 16 10 80 443 10.9 10.9.0.10 10.9.0.0 mask 255.255.0.0 ::1 fe80:: 2001:db8:: 2001:db8:0:0::1 1:2:3:4:5:6:7:8 1:2:3:4:5:6:1.2.3.4
		::ffff:1.2.3.4 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 http domain 5-80 0x10 4095`)
	pcap := (&corpus{link: capture.LinkEthernet}).pcap()
	r := rand.New(rand.NewPCG(7, 8))
	accepted := 0
	for _, c := range canonical {
		if strings.TrimSpace(c.expr) != "" {
			tcpdump(t, pcap, c.expr)
			tcpdump(t, pcap, c.want)
		}
	}
	for range 2_000_000 {
		var soup []string
		for range 1 + r.IntN(9) {
			soup = append(soup, pick(r, words))
		}
		expr := strings.Join(soup, " ")
		if len(soup) < 3 {
			continue
		}
		if _, err := Parse(expr); err == nil {
			tcpdump(t, pcap, expr)
			if accepted++; accepted == 300 || t.Failed() {
				break
			}
		}
	}
	t.Logf("%d accepted", accepted)
}
