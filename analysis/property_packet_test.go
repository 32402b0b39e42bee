package analysis_test

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest"
)

// Link types of the tcpdump.org registry.
const (
	ethernet = capture.LinkType(1)
	raw      = capture.LinkType(101)
	sll2     = capture.LinkType(276)
)

// headers is where the headers of a TCP packet of a sample are.
type headers struct {
	data     []byte // the whole packet
	ip, tcp  int    // where these headers begin
	end      int    // of the IP packet: what follows pads the frame
	src, dst []byte // the addresses, in data
}

// headersOf finds them. Samples have Ethernet with or without 802.1Q, or
// LINUX_SLL or LINUX_SLL2, and no IP options; a packet may be cut after them.
func headersOf(p capture.Packet) headers {
	h := headers{data: p.Data, ip: 20}
	switch p.Link {
	case capture.LinkLinuxSLL:
		h.ip = 16
	case ethernet:
		h.ip = 14
		for be.Uint16(p.Data[h.ip-2:]) == 0x8100 {
			h.ip += 4
		}
	}
	ip := p.Data[h.ip:]
	if ip[0]>>4 == 6 {
		h.tcp, h.src, h.dst = h.ip+40, ip[8:24], ip[24:40]
		h.end = h.tcp + int(be.Uint16(ip[4:]))
	} else {
		h.tcp, h.src, h.dst = h.ip+20, ip[12:16], ip[16:20]
		h.end = h.ip + int(be.Uint16(ip[2:]))
	}
	return h
}

var be = binary.BigEndian

func (h headers) addr(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

// payload is what TCP carries, as far as it was captured.
func (h headers) payload() []byte {
	return h.data[h.tcp+int(h.data[h.tcp+12]>>4)*4 : min(h.end, len(h.data))]
}

// sum makes the checksums right again, if the packet was captured whole.
func (h headers) sum() {
	if h.end > len(h.data) {
		return
	}
	if len(h.src) == 4 {
		ip := h.data[h.ip:h.tcp]
		ip[10], ip[11] = 0, 0
		be.PutUint16(ip[10:], capturetest.Checksum(ip, 0))
	}
	tcp := h.data[h.tcp:h.end]
	tcp[16], tcp[17] = 0, 0
	pseudo := slices.Concat(h.src, h.dst, []byte{0, 6, byte(len(tcp) >> 8), byte(len(tcp))})
	be.PutUint16(tcp[16:], capturetest.Checksum(tcp, uint32(^capturetest.Checksum(pseudo, 0))))
}

// link is another link layer for an IP packet.
type link struct {
	kind  capture.LinkType
	frame func(h headers) []byte
}

// links are those that the samples are put on. A cooked capture marks packets
// that others sent to others (packet type 3), as a mirror port shows them.
var links = map[string]link{
	"raw": {raw, func(h headers) []byte { return h.data[h.ip:] }},
	"SLL2": {sll2, func(h headers) []byte {
		b := []byte{0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 3, 6, 2, 0, 0, 0, 0, 1, 0, 0}
		copy(b, h.data[h.ip-2:h.ip]) // the protocol type is the EtherType
		return append(b, h.data[h.ip:]...)
	}},
	"VLAN": {ethernet, func(h headers) []byte {
		return slices.Concat(h.data[:12], []byte{0x81, 0, 0, 77}, h.data[12:])
	}},
	"QinQ": {ethernet, func(h headers) []byte {
		return slices.Concat(h.data[:12], []byte{0x88, 0xa8, 0, 9, 0x81, 0, 0, 77}, h.data[12:])
	}},
	"Ethernet without padding": {ethernet, func(h headers) []byte { return h.data[:min(h.end, len(h.data))] }},
}

// onLink puts the packets of an Ethernet capture on another link layer.
func onLink(packets []capture.Packet, l link) []capture.Packet {
	out := slices.Clone(packets)
	for i := range out {
		p := &out[i]
		p.Data = l.frame(headersOf(*p))
		p.Length += len(p.Data) - len(packets[i].Data)
		p.Link = l.kind
	}
	return out
}
