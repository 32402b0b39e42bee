package analysis_test

import (
	"net/netip"
	"slices"

	"ntlmtrace/capture"
)

// firstEphemeral is the first port that clients use in the samples.
const firstEphemeral = 49152

// onlyClients returns the addresses that no connection has as its server.
func onlyClients(packets []capture.Packet) map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for _, p := range packets {
		h := headersOf(p)
		for i, b := range [][]byte{h.src, h.dst} {
			a := h.addr(b)
			if _, known := out[a]; !known {
				out[a] = true
			}
			if be.Uint16(h.data[h.tcp+2*i:]) < firstEphemeral {
				out[a] = false
			}
		}
	}
	return out
}

// flow is one direction of a connection.
type flow struct{ src, dst netip.AddrPort }

func (h headers) flow() flow {
	return flow{
		netip.AddrPortFrom(h.addr(h.src), be.Uint16(h.data[h.tcp:])),
		netip.AddrPortFrom(h.addr(h.dst), be.Uint16(h.data[h.tcp+2:])),
	}
}

func (f flow) back() flow { return flow{f.dst, f.src} }

// an insertion makes a flow longer by some bytes in the segment at seq.
type insertion struct {
	seq uint32
	by  int
}

// shift is by how much what is at seq, or is acknowledged by it, lies further
// on.
func shift(list []insertion, seq uint32) (by uint32) {
	for _, i := range list {
		if int32(seq-i.seq) > 0 {
			by += uint32(i.by)
		}
	}
	return by
}

// rewritten lets edit write the payload of every segment anew, longer or
// shorter. Sequence numbers follow, so that the bytes stay in order.
func rewritten(packets []capture.Packet, edit func(f flow, payload []byte) []byte) []capture.Packet {
	out := slices.Clone(packets)
	made := map[flow][]insertion{}
	for i := range out {
		p := &out[i]
		h := headersOf(*p)
		f, old := h.flow(), h.payload()
		text := edit(f, old)
		here := insertion{be.Uint32(h.data[h.tcp+4:]), len(text) - len(old)}
		if here.by != 0 && !slices.Contains(made[f], here) { // it was not sent before
			made[f] = append(made[f], here)
		}
		pad := max(0, len(h.data)-h.end)
		p.Data = slices.Concat(p.Data[:len(p.Data)-len(old)-pad], text)
		p.Length += here.by - pad
		headersOf(*p).grow(here.by)
	}
	for _, p := range out {
		h := headersOf(p)
		f, tcp := h.flow(), h.data[h.tcp:]
		seq, ack := be.Uint32(tcp[4:]), be.Uint32(tcp[8:])
		be.PutUint32(tcp[4:], seq+shift(made[f], seq))
		if tcp[13]&16 != 0 {
			be.PutUint32(tcp[8:], ack+shift(made[f.back()], ack))
		}
		h.sum()
	}
	return out
}

// grow changes the length of the IP packet.
func (h headers) grow(by int) {
	at := h.ip + 2
	if len(h.src) == 16 {
		at = h.ip + 4
	}
	be.PutUint16(h.data[at:], uint16(int(be.Uint16(h.data[at:]))+by))
}

// readdressed gives packets other ends.
func readdressed(packets []capture.Packet, ends func(flow) flow) []capture.Packet {
	out := slices.Clone(packets)
	for i := range out {
		p := &out[i]
		p.Data = slices.Clone(p.Data)
		h := headersOf(*p)
		f := ends(h.flow())
		copy(h.src, f.src.Addr().AsSlice())
		copy(h.dst, f.dst.Addr().AsSlice())
		be.PutUint16(h.data[h.tcp:], f.src.Port())
		be.PutUint16(h.data[h.tcp+2:], f.dst.Port())
		h.sum()
	}
	return out
}
