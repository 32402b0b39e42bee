package packet

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"ntlmtrace/capture"
	"ntlmtrace/capture/internal/assigned"
)

// layerSet holds the headers that gopacket decodes, reused from packet to
// packet. These are the layers that are rare, correct, and decode in place:
// MPLS, PPP and PPPoE are exported for whole packets only, Geneve counts its
// options in 8 bits, and GTP prints what is wrong to standard output.
type layerSet struct {
	llc      layers.LLC
	snap     layers.SNAP
	loopback layers.Loopback
	gre      layers.GRE
	erspan   layers.ERSPANII
	vxlan    layers.VXLAN
}

// rareLayers returns the layers of gopacket, made when a packet first needs
// one.
func (d *Decoder) rareLayers() *layerSet {
	if d.layers == nil {
		d.layers = new(layerSet)
	}
	return d.layers
}

// decodingLayer is the part of gopacket.DecodingLayer that is used here.
type decodingLayer interface {
	DecodeFromBytes(data []byte, df gopacket.DecodeFeedback) error
}

// parsed reports whether l could be decoded from b. Some layers, GRE for one,
// index beyond a short input.
func parsed(l decodingLayer, b []byte) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return l.DecodeFromBytes(b, gopacket.NilDecodeFeedback) == nil
}

// decodeIPTunnel decodes what IP carries besides transport protocols: IPv4 (RFC
// 2003), IPv6 (RFC 4213) and GRE.
func (d *Decoder) decodeIPTunnel(proto uint8, b []byte, t *TCP) bool {
	if !d.enterTunnel() {
		return false
	}
	// A mark speaks of the outer addresses: what a gateway sends in a tunnel
	// need not come from itself.
	t.Mark = capture.Unmarked
	switch proto {
	case assigned.ProtoIPv4:
		return d.decodeIPv4(b, t)
	case assigned.ProtoIPv6:
		return d.decodeIPv6(b, t)
	}
	return d.decodeGRE(b, t)
}

// decodeGRE decodes a GRE header, RFC 2784 and RFC 2890, or that of PPTP, RFC
// 2637 section 4.1.
func (d *Decoder) decodeGRE(b []byte, t *TCP) bool {
	const routing = 0x40
	s := d.rareLayers()
	// The source routes of RFC 1701 are not in use, and gopacket makes a list
	// of them.
	if len(b) > 0 && b[0]&routing != 0 {
		return d.fail(malformedGRE)
	}
	if !parsed(&s.gre, b) {
		return d.failShort(malformedGRE)
	}
	if s.gre.Protocol == assigned.EtherERSPAN {
		return d.decodeERSPAN(s, t)
	}
	return d.decodeEtherType(uint16(s.gre.Protocol), s.gre.Payload, t)
}

// decodeERSPAN decodes the mirrored frame that a GRE header of ERSPAN
// announces, draft-foschiano-erspan: type I has no header of its own, and no
// sequence number in the GRE header, which tells it from type II.
func (d *Decoder) decodeERSPAN(s *layerSet, t *TCP) bool {
	if !s.gre.SeqPresent {
		return d.decodeEthernet(s.gre.Payload, t)
	}
	if !parsed(&s.erspan, s.gre.Payload) {
		return d.failShort(malformedGRE)
	}
	return d.decodeEthernet(s.erspan.Payload, t)
}

// decodeWCCP decodes what a router redirects to a web cache: IPv4, in version 2
// of the protocol behind 4 bytes of its own, draft-wilson-wrec-wccp-v2.
func (d *Decoder) decodeWCCP(b []byte, t *TCP) bool {
	if len(b) >= 4 && b[0]>>4 != 4 {
		b = b[4:]
	}
	return d.decodeIPv4(b, t)
}
