package filter

import (
	"encoding/binary"

	"ntlmtrace/capture"
	"ntlmtrace/capture/internal/assigned"
)

const (
	// maxDepth limits how many tunnels may be nested in one packet, as in
	// package capture.
	maxDepth = 8
	// maxTags limits the VLAN tags whose ids are kept.
	maxTags = 8
	// maxExtensions limits the extension headers of one IPv6 packet.
	maxExtensions = 16
)

// linkPPP is LINKTYPE_PPP.
const linkPPP capture.LinkType = 9

// layerKind says what the bytes of a layer are.
type layerKind uint8

const (
	layerIPv4 layerKind = iota
	layerIPv6
	layerARP
	layerRARP
)

// layer is a header that primitives ask about, with everything behind it. It
// may be cut, and nothing in it was checked: libpcap believes the EtherType.
type layer struct {
	kind layerKind
	b    []byte
}

// walker finds the layers of a packet, at any depth.
type walker struct {
	layers [maxDepth + 1]layer
	count  int
	tags   [maxTags]uint16 // VLAN ids; of more tags only that they are there
	ids    int             // how many of tags are set
	tagged bool
	depth  int // tunnels around what is being read
}

// walk finds the layers of p.
func (w *walker) walk(p *capture.Packet) {
	b := frame(p)
	switch p.Link {
	case capture.LinkEthernet:
		w.ethernet(b)
	case capture.LinkLinuxSLL:
		if len(b) >= 16 {
			w.cooked(binary.BigEndian.Uint16(b[14:]), b[16:])
		}
	case capture.LinkLinuxSLL2:
		if len(b) >= 20 {
			w.cooked(binary.BigEndian.Uint16(b), b[20:])
		}
	case capture.LinkRaw, capture.LinkRawBSD, capture.LinkRawOpen:
		w.rawIP(b)
	case capture.LinkIPv4:
		w.ipv4(b)
	case capture.LinkIPv6:
		w.ipv6(b)
	case capture.LinkNull, capture.LinkLoop:
		w.loopback(b)
	case linkPPP:
		w.ppp(b)
	}
}

// frame returns the bytes of p without its frame check sequence.
func frame(p *capture.Packet) []byte {
	if p.FCS > 0 {
		return p.Data[:max(0, len(p.Data)-p.FCS)]
	}
	return p.Data
}

// add keeps a layer. enter sees to it that there is space.
func (w *walker) add(k layerKind, b []byte) {
	if w.count < len(w.layers) {
		w.layers[w.count] = layer{k, b}
		w.count++
	}
}

// enter notes that one more tunnel was opened, and reports whether it may be.
func (w *walker) enter() bool {
	w.depth++
	return w.depth <= maxDepth
}

func (w *walker) ethernet(b []byte) {
	if len(b) >= 14 {
		w.etherType(binary.BigEndian.Uint16(b[12:]), b[14:])
	}
}

// cooked reads what a cooked header says is of the given protocol, which is an
// EtherType but for small numbers.
func (w *walker) cooked(protocol uint16, b []byte) {
	if protocol > maxLength || protocol == cookedLLC {
		w.etherType(protocol, b)
	}
}

// etherType reads b, which is of the EtherType typ, behind any number of VLAN
// tags.
func (w *walker) etherType(typ uint16, b []byte) {
	for {
		switch typ {
		case assigned.EtherIPv4:
			w.ipv4(b)
		case assigned.EtherIPv6:
			w.ipv6(b)
		case assigned.EtherARP:
			w.add(layerARP, b)
		case assigned.EtherRARP:
			w.add(layerRARP, b)
		case assigned.EtherVLAN, assigned.EtherService, assigned.EtherQinQ:
			w.tag(b)
			if len(b) >= 4 {
				typ, b = binary.BigEndian.Uint16(b[2:]), b[4:]
				continue
			}
		default:
			w.otherEtherType(typ, b)
		}
		return
	}
}

// tag keeps the id of a VLAN tag, IEEE 802.1Q.
func (w *walker) tag(b []byte) {
	w.tagged = true
	if len(b) >= 2 && w.ids < len(w.tags) {
		w.tags[w.ids] = binary.BigEndian.Uint16(b) & 0xfff
		w.ids++
	}
}

func (w *walker) otherEtherType(typ uint16, b []byte) {
	switch typ {
	case assigned.EtherMPLS, assigned.EtherMPLSMulti:
		w.mpls(b)
	case assigned.EtherPPPoE:
		if len(b) >= 6 && b[0] == 0x11 && b[1] == 0 {
			w.ppp(b[6:])
		}
	case assigned.EtherPPP:
		w.ppp(b)
	case assigned.EtherBridge:
		w.bridged(0, b)
	case assigned.EtherPBB:
		w.bridged(4, b)
	case assigned.EtherFabric:
		w.bridged(2, b)
	case assigned.EtherWCCP:
		if len(b) >= 4 && b[0]>>4 != 4 {
			b = b[4:]
		}
		w.ipv4(b)
	default:
		if typ <= maxLength {
			w.llc(b)
		}
	}
}

// bridged reads an Ethernet frame behind a tag of n bytes.
func (w *walker) bridged(n int, b []byte) {
	if len(b) >= n && w.enter() {
		w.ethernet(b[n:])
	}
}

// llc reads an LLC header, IEEE 802.2, with a SNAP header and an EtherType
// behind it, RFC 1042.
func (w *walker) llc(b []byte) {
	const unnumbered = 0x03
	if len(b) < 8 || binary.BigEndian.Uint16(b)&sapMask != snapSAPs || b[2] != unnumbered {
		return
	}
	if [3]byte(b[3:6]) == [3]byte{} && w.enter() {
		w.etherType(binary.BigEndian.Uint16(b[6:]), b[8:])
	}
}

// rawIP reads a packet without link layer: its version says which IP it is.
func (w *walker) rawIP(b []byte) {
	if len(b) == 0 {
		return
	}
	switch b[0] >> 4 {
	case 4:
		w.ipv4(b)
	case 6:
		w.ipv6(b)
	}
}

// loopback reads the address family in front of a packet, in either byte order.
func (w *walker) loopback(b []byte) {
	if len(b) < 4 {
		return
	}
	family := binary.LittleEndian.Uint32(b)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(b)
	}
	switch family {
	case 2: // AF_INET everywhere
		w.ipv4(b[4:])
	case 10, 24, 28, 30: // AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, and macOS
		w.ipv6(b[4:])
	}
}
