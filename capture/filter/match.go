package filter

import (
	"encoding/binary"

	"ntlmtrace/capture"
	"ntlmtrace/capture/internal/assigned"
)

// view is what primitives are asked about.
type view struct {
	layers  []layer
	tags    []uint16
	tagged  bool
	length  int
	lenient bool // see Keep
}

// Match reports whether p is what the filter is for. It does not allocate.
func (f *Filter) Match(p *capture.Packet) bool { return f.ask(p, false) }

// Keep reports whether p matches, or may be part of what matches: a fragment
// whose ports are in another one, or that goes on with a tunnel. What is
// assembled from fragments needs them, and no port is in them.
//
// The rest of a datagram of UDP is kept if a filter asks for ports that it may
// have, and not because it might go on with a tunnel in UDP: there is too much
// else in fragments of UDP.
func (f *Filter) Keep(p *capture.Packet) bool { return f.ask(p, true) }

func (f *Filter) ask(p *capture.Packet, lenient bool) bool {
	if len(f.steps) == 0 {
		return true
	}
	if p.Link == capture.LinkEthernet {
		// The packets that captures have millions of have one layer.
		if b := frame(p); len(b) >= 34 && b[12] == assigned.EtherIPv4>>8 && b[13] == 0 && !mayTunnel4(b[23]) {
			one := [1]layer{{layerIPv4, b[14:]}}
			return f.run(&view{layers: one[:], length: p.Length, lenient: lenient})
		}
	}
	var w walker
	w.walk(p)
	return f.run(&view{
		layers: w.layers[:w.count], tags: w.tags[:w.ids], tagged: w.tagged,
		length: p.Length, lenient: lenient,
	})
}

// run asks the primitives about v until the answer is known.
func (f *Filter) run(v *view) bool {
	at := 0
	for at >= 0 {
		s := &f.steps[at]
		if v.has(s) {
			at = s.yes
		} else {
			at = s.no
		}
	}
	return at == accept
}

// has answers the primitive of s.
func (v *view) has(s *step) bool {
	switch s.kind {
	case kindLess:
		return uint64(v.length) <= uint64(s.low)
	case kindGreater:
		return uint64(v.length) >= uint64(s.low)
	case kindVLAN:
		return v.hasTag(s.low)
	}
	for i := range v.layers {
		if s.in(&v.layers[i]) {
			return true
		}
	}
	return v.lenient && v.unknown(&s.primitive) && s.helps
}

func (v *view) hasTag(id uint32) bool {
	if id == anyVLAN {
		return v.tagged
	}
	for _, t := range v.tags {
		if uint32(t) == id {
			return true
		}
	}
	return false
}

// in answers a primitive for one layer.
func (q *primitive) in(l *layer) bool {
	switch q.kind {
	case kindProtocol:
		return q.protocolIn(l)
	case kindHost:
		return q.hostIn(l)
	}
	return q.portIn(l)
}

// transportProtocol returns the number that a protocol has in an IP header, or
// 0.
func (p protocol) transportProtocol() uint8 {
	switch p {
	case protocolTCP:
		return assigned.ProtoTCP
	case protocolUDP:
		return assigned.ProtoUDP
	case protocolICMP:
		return assigned.ProtoICMP
	case protocolICMP6:
		return assigned.ProtoICMPv6
	}
	return 0
}

func (q *primitive) protocolIn(l *layer) bool {
	switch q.proto {
	case protocolIP:
		return l.kind == layerIPv4
	case protocolIP6:
		return l.kind == layerIPv6
	case protocolARP:
		return l.kind == layerARP
	}
	want := q.proto.transportProtocol()
	switch l.kind {
	case layerIPv4:
		return want != assigned.ProtoICMPv6 && len(l.b) > 9 && l.b[9] == want
	case layerIPv6: // a fragment header may be in between, and no other
		return want != assigned.ProtoICMP && len(l.b) > 6 &&
			(l.b[6] == want || l.b[6] == assigned.ProtoFragment && len(l.b) > 40 && l.b[40] == want)
	}
	return false
}

func (q *primitive) hostIn(l *layer) bool {
	src, dst := 0, 0
	switch l.kind {
	case layerIPv4:
		if q.six || q.proto == protocolARP {
			return false
		}
		src, dst = 12, 16
	case layerIPv6:
		if !q.six {
			return false
		}
		src, dst = 8, 24
	case layerRARP:
		if q.six || q.proto != anyProtocol {
			return false
		}
		src, dst = 14, 24
	case layerARP: // sender and target protocol address, RFC 826
		if q.six || q.proto == protocolIP {
			return false
		}
		src, dst = 14, 24
	}
	switch q.dir {
	case source:
		return q.addressAt(l.b, src)
	case destination:
		return q.addressAt(l.b, dst)
	case both:
		return q.addressAt(l.b, src) && q.addressAt(l.b, dst)
	}
	return q.addressAt(l.b, src) || q.addressAt(l.b, dst)
}

// addressAt reports whether the address at b[at] is one that q asks for.
func (q *primitive) addressAt(b []byte, at int) bool {
	words := q.words()
	if len(b) < at+4*words {
		return false
	}
	for i := range words {
		if binary.BigEndian.Uint32(b[at+4*i:])&q.mask[i] != q.addr[i] {
			return false
		}
	}
	return true
}

func (q *primitive) portIn(l *layer) bool {
	at := 40
	switch l.kind {
	case layerIPv4:
		if len(l.b) < 20 || !q.overTransport(l.b[9]) || binary.BigEndian.Uint16(l.b[6:])&0x1fff != 0 {
			return false
		}
		at = int(l.b[0]&15) * 4
	case layerIPv6:
		if len(l.b) < 40 || !q.overTransport(l.b[6]) {
			return false
		}
	default:
		return false
	}
	return q.portsAt(l.b, at)
}

// overTransport reports whether a packet of the IP protocol proto can have the
// ports that q asks for.
func (q *primitive) overTransport(proto uint8) bool {
	if q.proto == anyProtocol {
		return isTransport(proto)
	}
	return proto == q.proto.transportProtocol()
}

// portsAt answers q for the source and destination port at b[at].
func (q *primitive) portsAt(b []byte, at int) bool {
	switch q.dir {
	case source:
		return q.portAt(b, at)
	case destination:
		return q.portAt(b, at+2)
	case both:
		return q.portAt(b, at) && q.portAt(b, at+2)
	}
	return q.portAt(b, at) || q.portAt(b, at+2)
}

func (q *primitive) portAt(b []byte, at int) bool {
	if len(b) < at+2 {
		return false
	}
	port := uint32(binary.BigEndian.Uint16(b[at:]))
	return q.low <= port && port <= q.high
}
