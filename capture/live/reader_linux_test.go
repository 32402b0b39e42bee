package live

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
)

// wire is a packet as the kernel puts it into a block.
type wire struct {
	hatype  uint16
	pkttype uint8
	header  int // bytes of the link layer in data
	data    []byte
	length  int // 0 for that of data
	status  uint32
	tci     uint32
	tpid    uint16
}

// blockOf lays packets out as tpacket_rcv of the kernel does.
func blockOf(list ...wire) []byte {
	b := make([]byte, smallestBlock)
	info := blockInfo(b)
	info.Block_status, info.Num_pkts, info.Offset_to_first_pkt = unix.TP_STATUS_USER, uint32(len(list)), 48
	off := 48
	for _, w := range list {
		net := (68+max(w.header, 16)+15)&^15 + headroom
		h := (*unix.Tpacket3Hdr)(unsafe.Pointer(&b[off]))
		h.Sec, h.Nsec, h.Status = 1700000000, 123456789, w.status
		h.Net, h.Mac = uint16(net), uint16(net-w.header)
		h.Snaplen, h.Len = uint32(len(w.data)), uint32(max(w.length, len(w.data)))
		h.Hv1.Vlan_tci, h.Hv1.Vlan_tpid = w.tci, w.tpid
		from := (*unix.RawSockaddrLinklayer)(unsafe.Pointer(&b[off+48]))
		*from = unix.RawSockaddrLinklayer{
			Family: unix.AF_PACKET, Protocol: networkOrder(unix.ETH_P_IP), Ifindex: 5, Hatype: w.hatype, Pkttype: w.pkttype,
			Halen: 4, Addr: [8]byte{1, 2, 3, 4},
		}
		copy(b[off+int(h.Mac):], w.data)
		h.Next_offset = uint32((int(h.Mac) + len(w.data) + 7) &^ 7)
		off += int(h.Next_offset)
	}
	return b
}

func TestReader(t *testing.T) {
	sll := append([]byte{0, 4, 0x03, 0x0a, 0, 4, 1, 2, 3, 4, 0, 0, 0, 0, 8, 0}, "IP"...)
	with := func(tpid uint16) []byte { return withTag(frame(1, 60), tpid, 0x2005) }
	for _, c := range []struct {
		name   string
		in     wire
		data   []byte
		length int
		link   capture.LinkType
	}{
		{"Ethernet", wire{hatype: 1, header: 14, data: frame(1, 60)}, frame(1, 60), 60, capture.LinkEthernet},
		{"loopback", wire{hatype: 772, header: 14, data: frame(1, 60)}, frame(1, 60), 60, capture.LinkEthernet},
		{"cut by the filter", wire{hatype: 1, header: 14, data: frame(1, 60), length: 1514}, frame(1, 60), 1514, capture.LinkEthernet},
		{"tag", wire{hatype: 1, header: 14, data: frame(1, 60), status: unix.TP_STATUS_VLAN_VALID, tci: 0x2005}, with(0x8100), 64, capture.LinkEthernet},
		{"802.1ad tag", wire{hatype: 1, header: 14, data: frame(1, 60), status: unix.TP_STATUS_VLAN_VALID | unix.TP_STATUS_VLAN_TPID_VALID, tci: 0x2005, tpid: 0x88a8}, with(0x88a8), 64, capture.LinkEthernet},
		{"tag of a frame that is cut in its addresses", wire{hatype: 1, header: 14, data: frame(1, 60)[:7], length: 60, status: unix.TP_STATUS_VLAN_VALID}, frame(1, 60)[:7], 60, capture.LinkEthernet},
		{"tun", wire{hatype: 65534, data: []byte("IP")}, []byte("IP"), 2, capture.LinkRaw},
		{"GRE that was sent", wire{hatype: 778, pkttype: 4, header: 24, data: append(make([]byte, 24), "IP"...)}, sll, 18, capture.LinkLinuxSLL},
		{"GRE that is cut in its header", wire{hatype: 778, pkttype: 4, header: 24, data: make([]byte, 10), length: 26}, sll[:16], 32, capture.LinkLinuxSLL},
		{"header as long as the field allows", wire{hatype: 778, pkttype: 4, header: 60000, data: append(make([]byte, 60000), "IP"...)}, sll, 18, capture.LinkLinuxSLL},
		{"no data", wire{hatype: 1}, nil, 0, capture.LinkEthernet},
	} {
		var r reader
		var p capture.Packet
		// The same twice: what is put in front of one does not reach the other.
		r.begin(blockOf(c.in, c.in))
		for range 2 {
			p = capture.Packet{FCS: 4}
			if !r.next(&p) {
				t.Fatalf("%s: no packet", c.name)
			}
			if !bytes.Equal(p.Data, c.data) || p.Length != c.length || p.Link != c.link || p.FCS != 0 {
				t.Errorf("%s: %v, %d of %d bytes: %x", c.name, p.Link, len(p.Data), p.Length, p.Data)
			}
			if p.Time != 1700000000123456789 {
				t.Errorf("%s: time %d", c.name, p.Time)
			}
		}
		if r.next(&p) {
			t.Errorf("%s: one more packet", c.name)
		}
	}
}

// TestReaderBounds holds that numbers that do not fit the block end it.
func TestReaderBounds(t *testing.T) {
	type header = unix.Tpacket3Hdr
	good := wire{hatype: 1, header: 14, data: frame(1, 60)}
	for _, c := range []struct {
		name   string
		damage func(*header)
		reads  int
	}{
		{"whole", func(*header) {}, 2},
		{"longer than the block", func(h *header) { h.Snaplen = smallestBlock }, 0},
		{"as long as can be said", func(h *header) { h.Snaplen = 1<<32 - 1 }, 0},
		{"frame begins in the header", func(h *header) { h.Mac = 80 }, 0},
		{"network layer before the frame", func(h *header) { h.Net = h.Mac - 1 }, 0},
		{"frame begins at the end", func(h *header) { h.Mac, h.Net = 65535, 65535; h.Snaplen = smallestBlock }, 0},
		{"next is nowhere", func(h *header) { h.Next_offset = 1 << 31 }, 1},
		{"next is at the end", func(h *header) { h.Next_offset = smallestBlock - 48 }, 1},
		{"next is odd", func(h *header) { h.Next_offset++ }, 1},
		{"next is itself", func(h *header) { h.Next_offset = 0 }, 2},
	} {
		b := blockOf(good, good)
		c.damage((*header)(unsafe.Pointer(&b[48])))
		var r reader
		var p capture.Packet
		r.begin(b)
		n := 0
		for r.next(&p) {
			n++
		}
		if n != c.reads {
			t.Errorf("%s: %d packets, not %d", c.name, n, c.reads)
		}
	}
}

// FuzzReader holds that no block makes the reader leave it or go on for ever.
func FuzzReader(f *testing.F) {
	good := wire{hatype: 1, header: 14, data: frame(1, 60), status: unix.TP_STATUS_VLAN_VALID}
	f.Add(blockOf(good, wire{hatype: 778, data: udp()})[:512])
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 48 {
			return
		}
		b = bytes.Clone(b) // aligned
		info := blockInfo(b)
		info.Num_pkts %= 1 << 16
		left := info.Num_pkts
		var r reader
		var p capture.Packet
		r.begin(b)
		for r.next(&p) {
			if left--; left > 1<<16 {
				t.Fatal("more packets than the block says")
			}
			if len(p.Data) > len(b) {
				t.Fatalf("%d bytes of a block of %d", len(p.Data), len(b))
			}
		}
	})
}

// fullRing is a source whose ring is filled with frames and never gets empty:
// it is in place of a link that is faster than the reader.
func fullRing(tb testing.TB, size int) *Source {
	tb.Helper()
	var list []wire
	for i := range smallestBlock/(size+120) - 1 {
		list = append(list, wire{hatype: 1, header: 14, data: frame(i, size)})
	}
	events, err := openLinkEvents()
	if err != nil {
		tb.Skip(err)
	}
	tb.Cleanup(events.close)
	s := &Source{ring: &ring{mem: blockOf(list...), block: smallestBlock}, events: events, table: newTable(true), limit: defaultPacket}
	s.table.add(linkEvent{index: 5, name: "eth0", hatype: 1})
	return s
}

// refillFull returns the block back to the reader that the source has given to
// the kernel.
func refillFull(s *Source) { *status(s.ring.mem) = unix.TP_STATUS_USER }

func TestNextAllocatesNothing(t *testing.T) {
	s := fullRing(t, 95)
	var p capture.Packet
	frames := int(blockInfo(s.ring.mem).Num_pkts)
	got := testing.AllocsPerRun(10, func() {
		for range frames {
			if err := s.Next(&p, time.Second); err != nil {
				t.Fatal(err)
			}
		}
		s.ring.giveBack()
		refillFull(s)
	})
	if got != 0 {
		t.Errorf("%v allocations in %d packets", got, frames)
	}
	if err := binary.BigEndian.Uint32(p.Data[14:]); int(err) != frames-1 {
		t.Errorf("the last packet is %d, not %d", err, frames-1)
	}
}

// BenchmarkNext reads frames of 95 bytes from blocks that are full.
func BenchmarkNext(b *testing.B) {
	s := fullRing(b, 95)
	frames := int(blockInfo(s.ring.mem).Num_pkts)
	var p capture.Packet
	left := frames
	for b.Loop() {
		if left == 0 {
			s.ring.giveBack()
			refillFull(s)
			left = frames
		}
		left--
		if err := s.Next(&p, time.Second); err != nil {
			b.Fatal(err)
		}
	}
}
