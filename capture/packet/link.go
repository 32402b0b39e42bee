package packet

import (
	"encoding/binary"

	"github.com/google/gopacket/layers"

	"ntlmtrace/capture"
	"ntlmtrace/capture/internal/assigned"
)

// linkPPP is LINKTYPE_PPP, which what PPPoE carries makes readable as well.
const linkPPP capture.LinkType = 9

// maxLength is the largest length of an IEEE 802.3 frame: above 1535 the
// field is an EtherType, between them it is nothing.
const maxLength = 1500

// decodeOtherLink decodes a packet that does not begin with an Ethernet header.
func (d *Decoder) decodeOtherLink(link capture.LinkType, b []byte, t *TCP) bool {
	switch link {
	case capture.LinkLinuxSLL:
		return d.decodeCooked(b, t)
	case capture.LinkLinuxSLL2:
		return d.decodeCooked2(b, t)
	case capture.LinkRaw, capture.LinkRawBSD, capture.LinkRawOpen:
		return d.decodeRawIP(b, t)
	case capture.LinkIPv4:
		return d.decodeIPv4(b, t)
	case capture.LinkIPv6:
		return d.decodeIPv6(b, t)
	case capture.LinkNull, capture.LinkLoop:
		return d.decodeLoopback(b, t)
	case linkPPP:
		return d.decodePPP(b, t)
	}
	return d.failLink(link)
}

// decodeEthernet decodes an Ethernet II or IEEE 802.3 frame.
func (d *Decoder) decodeEthernet(b []byte, t *TCP) bool {
	if len(b) < 14 {
		return d.failShort(malformedEthernet)
	}
	return d.decodeEtherType(binary.BigEndian.Uint16(b[12:]), b[14:], t)
}

// decodeEtherType decodes b, which is of the EtherType typ, behind any number
// of VLAN tags.
func (d *Decoder) decodeEtherType(typ uint16, b []byte, t *TCP) bool {
	for {
		switch typ {
		case assigned.EtherIPv4:
			return d.decodeIPv4(b, t)
		case assigned.EtherIPv6:
			return d.decodeIPv6(b, t)
		case assigned.EtherVLAN, assigned.EtherService, assigned.EtherQinQ:
			if len(b) < 4 {
				return d.failShort(malformedVLAN)
			}
			typ, b = binary.BigEndian.Uint16(b[2:]), b[4:]
		default:
			return d.decodeOtherEtherType(typ, b, t)
		}
	}
}

// decodeOtherEtherType decodes the EtherTypes that are neither IP nor a VLAN
// tag, and IEEE 802.3 frames, which have a length in its place.
func (d *Decoder) decodeOtherEtherType(typ uint16, b []byte, t *TCP) bool {
	switch typ {
	case assigned.EtherMPLS, assigned.EtherMPLSMulti:
		return d.decodeMPLS(b, t)
	case assigned.EtherPPPoE:
		return d.decodePPPoE(b, t)
	case assigned.EtherPPP:
		return d.decodePPP(b, t)
	case assigned.EtherBridge:
		return d.decodeBridged(0, b, t)
	case assigned.EtherPBB:
		return d.decodeBridged(4, b, t)
	case assigned.EtherFabric:
		return d.decodeBridged(2, b, t)
	case assigned.EtherWCCP:
		return d.decodeWCCP(b, t)
	case assigned.EtherERSPAN3:
		return d.fail(unreadERSPAN3)
	case assigned.EtherMACsec:
		return d.fail(unreadMACsec)
	}
	return typ <= maxLength && d.decodeLLC(b, t)
}

// decodeBridged decodes an Ethernet frame behind a tag of n bytes.
func (d *Decoder) decodeBridged(n int, b []byte, t *TCP) bool {
	if len(b) < n {
		return d.failShort(malformedEthernet)
	}
	return d.enterTunnel() && d.decodeEthernet(b[n:], t)
}

// decodeLLC decodes an LLC header, IEEE 802.2, that is followed by a SNAP
// header with an EtherType, RFC 1042. All others are of other protocols than
// IP.
func (d *Decoder) decodeLLC(b []byte, t *TCP) bool {
	s := d.rareLayers()
	const snap, unnumbered = 0xaa, 0x03
	if !parsed(&s.llc, b) || s.llc.DSAP != snap || s.llc.SSAP != snap || s.llc.Control != unnumbered {
		return false
	}
	if !parsed(&s.snap, s.llc.Payload) || [3]byte(s.snap.OrganizationalCode) != [3]byte{} {
		return false
	}
	return d.enterTunnel() && d.decodeEtherType(uint16(s.snap.Type), s.snap.Payload, t)
}

// decodeRawIP decodes a packet without link layer: its version says which IP it
// is.
func (d *Decoder) decodeRawIP(b []byte, t *TCP) bool {
	if len(b) > 0 && b[0]>>4 == 6 {
		return d.decodeIPv6(b, t)
	}
	return d.decodeIPv4(b, t)
}

// decodeLoopback decodes the address family in front of a packet: in the byte
// order of the capturing machine in LINKTYPE_NULL, in network byte order in
// LINKTYPE_LOOP. The machine also chose the number of IPv6.
func (d *Decoder) decodeLoopback(b []byte, t *TCP) bool {
	s := d.rareLayers()
	if !parsed(&s.loopback, b) {
		return d.failShort(malformedLoopback)
	}
	switch s.loopback.Family {
	case layers.ProtocolFamilyIPv4:
		return d.decodeIPv4(s.loopback.Payload, t)
	case layers.ProtocolFamilyIPv6BSD, layers.ProtocolFamilyIPv6FreeBSD, layers.ProtocolFamilyIPv6Darwin, layers.ProtocolFamilyIPv6Linux:
		return d.decodeIPv6(s.loopback.Payload, t)
	}
	return false
}
