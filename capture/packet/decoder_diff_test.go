package packet

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"reflect"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
)

// plainLayers are the layers that gopacket and packetDecoder read alike.
// gopacket guesses more of what is in UDP, does not join fragments, and counts
// the hop-by-hop header of IPv6 out of the payload length.
var plainLayers = map[gopacket.LayerType]bool{
	layers.LayerTypeEthernet: true, layers.LayerTypeDot1Q: true, layers.LayerTypeLLC: true, layers.LayerTypeSNAP: true,
	layers.LayerTypeIPv4: true, layers.LayerTypeIPv6: true, layers.LayerTypeIPv6Destination: true,
	layers.LayerTypeGRE: true, layers.LayerTypeTCP: true, gopacket.LayerTypePayload: true,
}

// oracle decodes an Ethernet frame with gopacket. It gives the innermost TCP
// segment, if gopacket finds one in plain layers and has nothing to complain
// of.
func oracle(b []byte) (s TCP, ok bool) {
	p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.Default)
	if p.ErrorLayer() != nil || p.Metadata().Truncated {
		return s, false
	}
	var src, dst net.IP
	sound := true
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			src, dst = l.SrcIP, l.DstIP
			s.HasID, s.ID = true, l.Id
			sound = sound && l.Version == 4 // gopacket reads any
		case *layers.IPv6:
			src, dst = l.SrcIP, l.DstIP
			s.HasID, s.ID = false, 0
			sound = sound && l.Version == 6
		case *layers.TCP:
			s.Seq, s.Ack, s.Flags = l.Seq, l.Ack, l.Contents[13]
			s.Payload = l.Payload
			setKey(&s, netip.AddrPortFrom(addr16(src), uint16(l.SrcPort)), netip.AddrPortFrom(addr16(dst), uint16(l.DstPort)))
			return s, sound && src != nil
		case *layers.GRE:
			if l.RoutingPresent {
				return s, false
			}
		case *layers.SNAP:
			if !bytes.Equal(l.OrganizationalCode, []byte{0, 0, 0}) {
				return s, false
			}
		case *layers.LLC:
			if l.Control != 3 || l.IG || l.CR {
				return s, false
			}
		}
		if !plainLayers[l.LayerType()] {
			return s, false
		}
	}
	return s, false
}

func addr16(ip net.IP) netip.Addr { return netip.AddrFrom16([16]byte(ip.To16())) }

// setKey fills the key of s in the plainest way.
func setKey(s *TCP, src, dst netip.AddrPort) {
	if src.Compare(dst) > 0 {
		src, dst = dst, src
		s.Dir = 1
	}
	s.Key = FlowKey{Addr: [2]Address{plainAddress(src.Addr()), plainAddress(dst.Addr())}, Port: [2]uint16{src.Port(), dst.Port()}}
}

// plainAddress returns a as keys hold it.
func plainAddress(a netip.Addr) Address {
	b := a.As16()
	return addressOf(b[:])
}

// checkOracle decodes an Ethernet frame and wants what gopacket finds.
func checkOracle(t *testing.T, b []byte) {
	t.Helper()
	want, ok := oracle(b)
	if !ok {
		return
	}
	var got TCP
	d := NewDecoder()
	if !d.Decode(packettest.New(capture.LinkEthernet, b), &got) {
		t.Fatalf("no segment in %x; not decoded: %v", b, d.NotDecoded())
	}
	if !got.Key.Same(&want.Key) || got.Dir != want.Dir || got.Seq != want.Seq || got.Ack != want.Ack ||
		got.Flags != want.Flags || got.HasID != want.HasID || got.ID != want.ID || got.Cut != 0 || !bytes.Equal(got.Payload, want.Payload) {
		t.Fatalf("%x:\n got %+v\nwant %+v", b, got, want)
	}
}

// checkShortcut wants of a packet that the short way finds what the long one
// does.
func checkShortcut(t *testing.T, p *capture.Packet) {
	t.Helper()
	var short, long TCP
	d := NewDecoder()
	if !d.DecodePlain(p, &short) {
		if d.counts != [reasons]int64{} {
			t.Fatalf("%x: counted as not decoded: %v", p.Data, d.NotDecoded())
		}
		return
	}
	if !d.Decode(p, &long) || !reflect.DeepEqual(short, long) {
		t.Fatalf("link %v, %x:\n got %+v\nwant %+v", p.Link, p.Data, short, long)
	}
}

// plainFrames are frames that both decoders read.
func plainFrames(t testing.TB) [][]byte {
	var out [][]byte
	for _, text := range []string{
		eth4 + ip4Hi,
		eth6 + ip6Hi,
		macs + vlan + "08 00" + ip4Hi,
		macs + "00 32 aa aa 03 00 00 00 08 00" + ip4Hi,
		eth4 + "46 00 00 2e 12 34 40 00 40 06 00 00" + addrs4 + "94 04 00 00" + tcpHi,
		eth4 + "45 00 00 3e 99 99 00 00 40 04" + ends4 + ip4Hi,
		eth4 + "45 00 00 46 99 99 00 00 40 2f" + ends4 + "20 00 08 00 00 00 00 01" + ip4Hi,
		eth6 + "60 00 00 00 00 1e 3c 40" + addrs6 + "06 00 05 02 00 00 01 00" + tcpHi,
	} {
		out = append(out, packettest.Hex(t, text))
	}
	return out
}

func TestDecodeAgreesWithGopacket(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	agreed := 0
	for _, frame := range plainFrames(t) {
		if _, ok := oracle(frame); !ok {
			t.Errorf("gopacket does not read %x", frame)
		}
		for range 5000 {
			b := bytes.Clone(frame)
			for range 1 + r.IntN(3) {
				b[r.IntN(len(b))] ^= 1 << r.IntN(8)
			}
			if _, ok := oracle(b); ok {
				agreed++
			}
			checkOracle(t, b)
			checkShortcut(t, packettest.New(capture.LinkEthernet, b))
			checkShortcut(t, packettest.New(capture.LinkRaw, b[14:]))
		}
	}
	if agreed < 10000 {
		t.Errorf("gopacket reads %d of the frames: too few to compare", agreed)
	}
}

// FuzzDecode wants of any Ethernet frame what gopacket finds in it, and of any
// packet of any link type that its parts stay within it.
func FuzzDecode(f *testing.F) {
	for _, frame := range plainFrames(f) {
		f.Add(uint32(capture.LinkEthernet), frame, uint16(0))
	}
	for link, text := range map[capture.LinkType]string{
		capture.LinkNull:      "1e 00 00 00" + ip6Hi,
		capture.LinkLinuxSLL:  "00 04 00 01 00 06 02 00 00 00 00 01 00 00 08 00" + ip4Hi,
		capture.LinkLinuxSLL2: "08 00 00 00 00 00 00 03 00 01 04 06 02 00 00 00 00 01 00 00" + ip4Hi,
		linkPPP:               "ff 03 00 21" + ip4Hi,
		capture.LinkIPv4:      outer4 + "2f" + ends4 + "10 00 88 be 00 00 00 09 10 07 00 01 00 00 00 00" + eth4 + ip4Hi,
		capture.LinkRaw:       outer4 + "11" + ends4 + "08 68 08 68 00 00 00 00 34 ff 00 46 00 00 00 01 00 00 00 85 01 10 09 00" + ip6Hi,
	} {
		f.Add(uint32(link), packettest.Hex(f, text), uint16(3))
	}
	f.Add(uint32(capture.LinkIPv6), packettest.Hex(f, udp6IP+udpHello), uint16(0))
	f.Fuzz(func(t *testing.T, link uint32, b []byte, missing uint16) {
		if link == uint32(capture.LinkEthernet) && missing == 0 {
			checkOracle(t, b)
		}
		p := packettest.New(capture.LinkType(link), b)
		p.Length += int(missing)
		checkShortcut(t, p)
		p.FCS = int(missing % 5)
		checkShortcut(t, p)
		p.FCS = 0
		var s TCP
		d := NewDecoder()
		d.WantDatagrams()
		ok := d.Decode(p, &s)
		if g := d.Datagram(); g != nil && (ok || !bytes.Contains(b, g.Data) || !g.Src.IsValid() || !g.Dst.IsValid()) {
			t.Errorf("TCP %v, datagram %+v", ok, g)
		}
		if !ok {
			return
		}
		if s.Key.Hash != d.hasher.Hash(&s.Key) || s.Dir > 1 || s.Cut < 0 || !bytes.Contains(b, s.Payload) {
			t.Errorf("%+v", s)
		}
		src, dst := binary.BigEndian.AppendUint16(nil, s.Key.Port[s.Dir]), binary.BigEndian.AppendUint16(nil, s.Key.Port[1-s.Dir])
		if !bytes.Contains(b, append(src, dst...)) {
			t.Errorf("ports of %+v are not in the packet", s.Key)
		}
		if s.Key.Addr[1].less(s.Key.Addr[0]) || s.Key.Addr[0] == s.Key.Addr[1] && s.Key.Port[0] > s.Key.Port[1] {
			t.Errorf("the larger endpoint is first in %+v", s.Key)
		}
	})
}
