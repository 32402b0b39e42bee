package filter

import (
	"encoding/binary"

	"ntlmtrace/capture/internal/assigned"
)

// unknown reports whether a fragment in v hides the answer to q, for Keep.
func (v *view) unknown(q *primitive) bool {
	for i := range v.layers {
		l := &v.layers[i]
		proto, ok := l.fragmentOf()
		if !ok {
			continue
		}
		if proto == assigned.ProtoIPv4 || proto == assigned.ProtoIPv6 || proto == assigned.ProtoGRE {
			return true
		}
		if q.kind == kindPort && q.overTransport(proto) {
			return true
		}
	}
	return false
}

// fragmentOf returns the protocol of a fragment of which libpcap knows no
// ports: every one but the first in IPv4, and all in IPv6.
func (l *layer) fragmentOf() (proto uint8, ok bool) {
	switch {
	case l.kind == layerIPv4 && len(l.b) >= 20:
		return l.b[9], binary.BigEndian.Uint16(l.b[6:])&0x1fff != 0
	case l.kind == layerIPv6 && len(l.b) >= 48 && l.b[6] == assigned.ProtoFragment:
		return l.b[40], true
	}
	return 0, false
}
