package samples

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"
)

// wireConn is a connection, the client first.
type wireConn struct{ client, server netip.AddrPort }

// A wireFrame is an Ethernet frame with IPv4 and TCP, as a crowd makes them,
// before it is dressed.
type wireFrame struct {
	at       time.Time
	data     []byte
	src, dst netip.AddrPort
	conn     wireConn
}

// Where fields are in an Ethernet frame with IPv4.
const (
	etherLen = 14
	ttlAt    = etherLen + 8
	ipSumAt  = etherLen + 10
	srcAt    = etherLen + 12
	dstAt    = etherLen + 16
	tcpAt    = etherLen + 20
	tcpSumAt = tcpAt + 16
)

func parseWire(at time.Time, data []byte) *wireFrame {
	f := &wireFrame{at: at, data: data}
	f.src = netip.AddrPortFrom(netip.AddrFrom4([4]byte(data[srcAt:])), binary.BigEndian.Uint16(data[tcpAt:]))
	f.dst = netip.AddrPortFrom(netip.AddrFrom4([4]byte(data[dstAt:])), binary.BigEndian.Uint16(data[tcpAt+2:]))
	return f
}

// routed is the frame after one router: its time to live is one less, and the
// addresses of the link are the router's and the next machine's.
func (f *wireFrame) routed(mac byte) []byte {
	b := slices.Clone(f.data)
	copy(b[0:], []byte{2, 0, 0xfe, 0, mac, 1})
	copy(b[6:], []byte{2, 0, 0xfe, 0, mac, 2})
	b[ttlAt]--
	fixSums(b)
	return b
}

// translated puts other endpoints into a frame.
func translated(data []byte, src, dst netip.AddrPort) []byte {
	b := slices.Clone(data)
	copy(b[srcAt:], src.Addr().AsSlice())
	copy(b[dstAt:], dst.Addr().AsSlice())
	binary.BigEndian.PutUint16(b[tcpAt:], src.Port())
	binary.BigEndian.PutUint16(b[tcpAt+2:], dst.Port())
	fixSums(b)
	return b
}

// fixSums computes the checksums of IPv4 and TCP anew.
func fixSums(b []byte) {
	total := int(binary.BigEndian.Uint16(b[etherLen+2:]))
	segment := b[tcpAt : etherLen+total]
	clear(b[ipSumAt : ipSumAt+2])
	binary.BigEndian.PutUint16(b[ipSumAt:], onesSum(b[etherLen:tcpAt], 0))
	clear(b[tcpSumAt : tcpSumAt+2])
	pseudo := uint32(6 + len(segment))
	for i := srcAt; i < tcpAt; i += 2 {
		pseudo += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	binary.BigEndian.PutUint16(b[tcpSumAt:], onesSum(segment, pseudo))
}

// onesSum is the Internet checksum of RFC 1071, begun with sum.
func onesSum(b []byte, sum uint32) uint16 {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// tagged puts an 802.1Q tag into a frame.
func tagged(data []byte, vlan byte) []byte {
	return slices.Concat(data[:12], []byte{0x81, 0, 0, vlan}, data[12:])
}

// The marks of a cooked frame, sll_pkttype.
const (
	cookedHost      = 0
	cookedOtherHost = 3
	cookedOutgoing  = 4
)

// cooked is a frame as the "any" device shows it: LINKTYPE_LINUX_SLL2 in place
// of the Ethernet header.
func cooked(data []byte, iface, mark byte) []byte {
	total := int(binary.BigEndian.Uint16(data[etherLen+2:]))
	head := []byte{8, 0, 0, 0, 0, 0, 0, iface, 0, 1, mark, 6}
	return slices.Concat(head, data[6:12], []byte{0, 0}, data[etherLen:etherLen+total])
}

// A sight is a frame as a tap sees it.
type sight struct {
	after time.Duration // when, after the frame itself
	data  []byte
	tap   int
}

// seenFrame is a sight with the frame that it is of.
type seenFrame struct {
	at   time.Time
	data []byte
	of   *wireFrame
}

// writePCAP writes what one tap saw, with times in nanoseconds, and brings it
// into its order.
func writePCAP(link uint32, list []seenFrame) []byte {
	slices.SortStableFunc(list, func(a, b seenFrame) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b23c4d)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint32(b, 262144)
	b = le.AppendUint32(b, link)
	for _, f := range list {
		b = le.AppendUint32(b, uint32(f.at.Unix()))
		b = le.AppendUint32(b, uint32(f.at.Nanosecond()))
		b = le.AppendUint32(b, uint32(len(f.data)))
		b = le.AppendUint32(b, uint32(len(f.data)))
		b = append(b, f.data...)
	}
	return b
}
