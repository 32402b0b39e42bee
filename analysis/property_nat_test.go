package analysis_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/capture"
)

// TestBothSidesOfNAT captures every sample at both ends of a router that gives
// its clients one address: each packet is seen as it was, and translated. What
// is said is what is said of the clients themselves.
func TestBothSidesOfNAT(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		if s.packets[0].Link != ethernet {
			t.Skip("the link layer is evidence here")
		}
		if s.rules["negotiate-not-offered"] {
			t.Skip("it is about the server: it shows the offer where that was seen first, which is beyond the router")
		}
		n := natOf(s.packets)
		var packets []capture.Packet
		for _, p := range s.packets {
			out, fromClient, ok := n.translated(p)
			switch {
			case !ok:
				packets = append(packets, p)
			case fromClient:
				out.Time += int64(5 * time.Microsecond)
				packets = append(packets, p, out)
			default:
				p.Time += int64(5 * time.Microsecond)
				packets = append(packets, out, p)
			}
		}
		slices.SortStableFunc(packets, func(a, b capture.Packet) int { return int(a.Time - b.Time) })
		r := analysistest.ReadPackets(numbered(packets), analysis.Options{})
		if d := analysistest.Difference(s.said, analysistest.Said(r.Findings)); d != "" {
			t.Error(d)
		}
		for _, h := range r.Hops.All() {
			if h.Client == natOutside {
				t.Errorf("a hop from %s: %+v", h.Client, h)
			}
		}
	})
}

// natOutside is the address that the router gives its clients.
var natOutside = netip.MustParseAddr("10.8.0.1")

// nat is a router that gives the clients of a capture one address.
type nat struct {
	clients map[netip.Addr]bool // that it hides
	ports   map[netip.AddrPort]uint16
}

// natOf hides the machines that are clients and nothing else.
func natOf(packets []capture.Packet) nat {
	n := nat{clients: map[netip.Addr]bool{}, ports: map[netip.AddrPort]uint16{}}
	for _, p := range packets {
		if h := headersOf(p); h.data[h.tcp+13] == 2 { // SYN
			n.clients[h.addr(h.src)] = len(h.src) == 4
		}
	}
	for _, p := range packets {
		if h := headersOf(p); h.data[h.tcp+13] == 2 {
			n.clients[h.addr(h.dst)] = false
		}
	}
	return n
}

// translated returns a packet as it is beyond the router. It is not ok if it
// does not pass that.
func (n nat) translated(p capture.Packet) (out capture.Packet, fromClient, ok bool) {
	out = p
	out.Data = slices.Clone(p.Data)
	h := headersOf(out)
	addr, port, fromClient := h.dst, h.data[h.tcp+2:], n.clients[h.addr(h.src)]
	if fromClient {
		addr, port = h.src, h.data[h.tcp:]
	} else if !n.clients[h.addr(h.dst)] {
		return p, false, false
	}
	inside := netip.AddrPortFrom(h.addr(addr), be.Uint16(port))
	if n.ports[inside] == 0 {
		n.ports[inside] = uint16(20000 + len(n.ports))
	}
	copy(addr, natOutside.AsSlice())
	be.PutUint16(port, n.ports[inside])
	h.sum()
	return out, fromClient, true
}
