package capture

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
// segment, if gopacket finds one in plain layers and has nothing to complain of.
func oracle(b []byte) (s tcpSegment, ok bool) {
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
			s.hasID, s.id = true, l.Id
			sound = sound && l.Version == 4 // gopacket reads any
		case *layers.IPv6:
			src, dst = l.SrcIP, l.DstIP
			s.hasID, s.id = false, 0
			sound = sound && l.Version == 6
		case *layers.TCP:
			s.seq, s.ack, s.flags = l.Seq, l.Ack, l.Contents[13]
			s.payload = l.Payload
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
func setKey(s *tcpSegment, src, dst netip.AddrPort) {
	if src.Compare(dst) > 0 {
		src, dst = dst, src
		s.dir = 1
	}
	s.key = flowKey{addr: [2]address{plainAddress(src.Addr()), plainAddress(dst.Addr())}, port: [2]uint16{src.Port(), dst.Port()}}
}

// checkOracle decodes an Ethernet frame and wants what gopacket finds.
func checkOracle(t *testing.T, b []byte) {
	t.Helper()
	want, ok := oracle(b)
	if !ok {
		return
	}
	var got tcpSegment
	d := newPacketDecoder()
	if !d.decode(packetOf(LinkEthernet, b), &got) {
		t.Fatalf("no segment in %x; not decoded: %v", b, d.notDecoded())
	}
	if !got.key.same(&want.key) || got.dir != want.dir || got.seq != want.seq || got.ack != want.ack ||
		got.flags != want.flags || got.hasID != want.hasID || got.id != want.id || got.cut != 0 || !bytes.Equal(got.payload, want.payload) {
		t.Fatalf("%x:\n got %+v\nwant %+v", b, got, want)
	}
}

// checkShortcut wants of a packet that the short way finds what the long one does.
func checkShortcut(t *testing.T, p *Packet) {
	t.Helper()
	var short, long tcpSegment
	d := newPacketDecoder()
	if !d.plain(p, &short) {
		if d.counts != [reasons]int64{} {
			t.Fatalf("%x: counted as not decoded: %v", p.Data, d.notDecoded())
		}
		return
	}
	if !d.decode(p, &long) || !reflect.DeepEqual(short, long) {
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
		out = append(out, wire(t, text))
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
			checkShortcut(t, packetOf(LinkEthernet, b))
			checkShortcut(t, packetOf(LinkRaw, b[14:]))
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
		f.Add(uint32(LinkEthernet), frame, uint16(0))
	}
	for link, text := range map[LinkType]string{
		LinkNull:      "1e 00 00 00" + ip6Hi,
		LinkLinuxSLL:  "00 04 00 01 00 06 02 00 00 00 00 01 00 00 08 00" + ip4Hi,
		LinkLinuxSLL2: "08 00 00 00 00 00 00 03 00 01 04 06 02 00 00 00 00 01 00 00" + ip4Hi,
		linkPPP:       "ff 03 00 21" + ip4Hi,
		LinkIPv4:      outer4 + "2f" + ends4 + "10 00 88 be 00 00 00 09 10 07 00 01 00 00 00 00" + eth4 + ip4Hi,
		LinkRaw:       outer4 + "11" + ends4 + "08 68 08 68 00 00 00 00 34 ff 00 46 00 00 00 01 00 00 00 85 01 10 09 00" + ip6Hi,
	} {
		f.Add(uint32(link), wire(f, text), uint16(3))
	}
	f.Fuzz(func(t *testing.T, link uint32, b []byte, missing uint16) {
		if link == uint32(LinkEthernet) && missing == 0 {
			checkOracle(t, b)
		}
		p := packetOf(LinkType(link), b)
		p.Length += int(missing)
		checkShortcut(t, p)
		p.FCS = int(missing % 5)
		checkShortcut(t, p)
		p.FCS = 0
		var s tcpSegment
		d := newPacketDecoder()
		if !d.decode(p, &s) {
			return
		}
		if s.key.hash != d.hash(&s.key) || s.dir > 1 || s.cut < 0 || !bytes.Contains(b, s.payload) {
			t.Errorf("%+v", s)
		}
		src, dst := binary.BigEndian.AppendUint16(nil, s.key.port[s.dir]), binary.BigEndian.AppendUint16(nil, s.key.port[1-s.dir])
		if !bytes.Contains(b, append(src, dst...)) {
			t.Errorf("ports of %+v are not in the packet", s.key)
		}
		if s.key.addr[1].less(s.key.addr[0]) || s.key.addr[0] == s.key.addr[1] && s.key.port[0] > s.key.port[1] {
			t.Errorf("the larger endpoint is first in %+v", s.key)
		}
	})
}
