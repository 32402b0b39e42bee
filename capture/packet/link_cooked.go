package packet

import (
	"encoding/binary"

	"ntlmtrace/capture"
)

// What a cooked header says of a packet, LINKTYPE_LINUX_SLL.
const (
	cookedToUs      = 0 // packet types
	cookedToAnother = 3
	cookedOutgoing  = 4

	// ARPHRD_ types of which the protocol field means something else than an
	// EtherType, or nothing. The others, such as those of IP tunnels, carry IP
	// as Ethernet does.
	arphrdFrameRelay = 770
	arphrdLoopback   = 772
	arphrd80211      = 801
	arphrdPrism      = 802
	arphrdRadiotap   = 803
	arphrdNetlink    = 824

	cookedLLC = 4 // protocol: an IEEE 802.2 header follows
)

// decodeCooked decodes LINKTYPE_LINUX_SLL, what Linux captures on all
// interfaces.
func (d *Decoder) decodeCooked(b []byte, t *TCP) bool {
	if len(b) < 16 {
		return d.failShort(malformedCooked)
	}
	t.Mark = cookedMark(binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]))
	return d.decodeCookedPayload(binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint16(b[14:]), b[16:], t)
}

// decodeCooked2 decodes LINKTYPE_LINUX_SLL2, which names the interface as well.
func (d *Decoder) decodeCooked2(b []byte, t *TCP) bool {
	if len(b) < 20 {
		return d.failShort(malformedCooked)
	}
	t.Mark = cookedMark(uint16(b[10]), binary.BigEndian.Uint16(b[8:]))
	t.Through = binary.BigEndian.Uint16(b[6:])
	return d.decodeCookedPayload(binary.BigEndian.Uint16(b[8:]), binary.BigEndian.Uint16(b), b[20:], t)
}

// cookedMark returns the direction of a packet type at a device. What was sent
// to many says nothing of its endpoints.
func cookedMark(packetType, device uint16) capture.Direction {
	switch {
	case device == arphrdLoopback:
		return capture.Looped
	case packetType == cookedToUs:
		return capture.Inbound
	case packetType == cookedToAnother:
		return capture.Passing
	case packetType == cookedOutgoing:
		return capture.Outbound
	}
	return capture.Unmarked
}

// ethernetMark returns the direction of an Ethernet frame that is marked: the
// loopback interface of Linux gives both addresses as zero.
func ethernetMark(mark capture.Direction, b []byte) capture.Direction {
	if binary.BigEndian.Uint64(b) == 0 && binary.BigEndian.Uint32(b[8:]) == 0 {
		return capture.Looped
	}
	return mark
}

// decodeCookedPayload decodes what follows a cooked header.
func (d *Decoder) decodeCookedPayload(device, protocol uint16, b []byte, t *TCP) bool {
	switch device {
	case arphrdNetlink:
		return false
	case arphrdFrameRelay, arphrd80211, arphrdPrism, arphrdRadiotap:
		return d.fail(unreadCooked)
	}
	if protocol <= maxLength && protocol != cookedLLC {
		return false // CAN, IPX and the like have numbers of their own here
	}
	return d.decodeEtherType(protocol, b, t)
}

// carriesEtherType reports whether the protocol field behind this ARPHRD_ type
// can be taken for an EtherType without another look. All network cards are
// below these.
func carriesEtherType(device uint16) bool { return device < arphrdFrameRelay }
