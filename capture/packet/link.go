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

// otherLink decodes a packet that does not begin with an Ethernet header.
func (d *Decoder) otherLink(link capture.LinkType, b []byte, t *TCP) bool {
	switch link {
	case capture.LinkLinuxSLL:
		return d.cooked(b, t)
	case capture.LinkLinuxSLL2:
		return d.cooked2(b, t)
	case capture.LinkRaw, capture.LinkRawBSD, capture.LinkRawOpen:
		return d.rawIP(b, t)
	case capture.LinkIPv4:
		return d.ipv4(b, t)
	case capture.LinkIPv6:
		return d.ipv6(b, t)
	case capture.LinkNull, capture.LinkLoop:
		return d.loopback(b, t)
	case linkPPP:
		return d.ppp(b, t)
	}
	return d.unreadLink(link)
}

// ethernet decodes an Ethernet II or IEEE 802.3 frame.
func (d *Decoder) ethernet(b []byte, t *TCP) bool {
	if len(b) < 14 {
		return d.short(malformedEthernet)
	}
	return d.etherType(binary.BigEndian.Uint16(b[12:]), b[14:], t)
}

// etherType decodes b, which is of the EtherType typ, behind any number of VLAN tags.
func (d *Decoder) etherType(typ uint16, b []byte, t *TCP) bool {
	for {
		switch typ {
		case assigned.EtherIPv4:
			return d.ipv4(b, t)
		case assigned.EtherIPv6:
			return d.ipv6(b, t)
		case assigned.EtherVLAN, assigned.EtherService, assigned.EtherQinQ:
			if len(b) < 4 {
				return d.short(malformedVLAN)
			}
			typ, b = binary.BigEndian.Uint16(b[2:]), b[4:]
		default:
			return d.otherEtherType(typ, b, t)
		}
	}
}

// otherEtherType decodes the EtherTypes that are neither IP nor a VLAN tag, and
// IEEE 802.3 frames, which have a length in its place.
func (d *Decoder) otherEtherType(typ uint16, b []byte, t *TCP) bool {
	switch typ {
	case assigned.EtherMPLS, assigned.EtherMPLSMulti:
		return d.mpls(b, t)
	case assigned.EtherPPPoE:
		return d.pppoe(b, t)
	case assigned.EtherPPP:
		return d.ppp(b, t)
	case assigned.EtherBridge:
		return d.bridged(0, b, t)
	case assigned.EtherPBB:
		return d.bridged(4, b, t)
	case assigned.EtherFabric:
		return d.bridged(2, b, t)
	case assigned.EtherWCCP:
		return d.wccp(b, t)
	case assigned.EtherERSPAN3:
		return d.fail(unreadERSPAN3)
	case assigned.EtherMACsec:
		return d.fail(unreadMACsec)
	}
	return typ <= maxLength && d.llc(b, t)
}

// bridged decodes an Ethernet frame behind a tag of n bytes.
func (d *Decoder) bridged(n int, b []byte, t *TCP) bool {
	if len(b) < n {
		return d.short(malformedEthernet)
	}
	return d.enter() && d.ethernet(b[n:], t)
}

// llc decodes an LLC header, IEEE 802.2, that is followed by a SNAP header with
// an EtherType, RFC 1042. All others are of other protocols than IP.
func (d *Decoder) llc(b []byte, t *TCP) bool {
	s := d.rare()
	const snap, unnumbered = 0xaa, 0x03
	if !parsed(&s.llc, b) || s.llc.DSAP != snap || s.llc.SSAP != snap || s.llc.Control != unnumbered {
		return false
	}
	if !parsed(&s.snap, s.llc.Payload) || [3]byte(s.snap.OrganizationalCode) != [3]byte{} {
		return false
	}
	return d.enter() && d.etherType(uint16(s.snap.Type), s.snap.Payload, t)
}

// rawIP decodes a packet without link layer: its version says which IP it is.
func (d *Decoder) rawIP(b []byte, t *TCP) bool {
	if len(b) > 0 && b[0]>>4 == 6 {
		return d.ipv6(b, t)
	}
	return d.ipv4(b, t)
}

// loopback decodes the address family in front of a packet: in the byte order
// of the capturing machine in LINKTYPE_NULL, in network byte order in
// LINKTYPE_LOOP. The machine also chose the number of IPv6.
func (d *Decoder) loopback(b []byte, t *TCP) bool {
	s := d.rare()
	if !parsed(&s.loopback, b) {
		return d.short(malformedLoopback)
	}
	switch s.loopback.Family {
	case layers.ProtocolFamilyIPv4:
		return d.ipv4(s.loopback.Payload, t)
	case layers.ProtocolFamilyIPv6BSD, layers.ProtocolFamilyIPv6FreeBSD, layers.ProtocolFamilyIPv6Darwin, layers.ProtocolFamilyIPv6Linux:
		return d.ipv6(s.loopback.Payload, t)
	}
	return false
}
