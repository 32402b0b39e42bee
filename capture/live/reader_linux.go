package live

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
)

// reader takes a block of a ring apart. The kernel wrote it; where its numbers
// do not fit the block, the rest of the block is left.
type reader struct {
	block []byte
	off   uint32 // of the next packet
	left  uint32 // packets that follow
	from  *unix.RawSockaddrLinklayer

	// The interface of the last packet, and its place: most packets come from
	// the same.
	lastIndex int32
	lastType  uint16
	lastPlace int
}

// begin turns to a new block.
func (r *reader) begin(b []byte) {
	h := blockInfo(b)
	r.block, r.left, r.off = b, h.Num_pkts, h.Offset_to_first_pkt
}

// next reads a packet and reports whether there was one. It sets all of p but
// the frame number, the interface and the direction.
func (r *reader) next(p *capture.Packet) bool {
	if r.left == 0 {
		return false
	}
	h, b := r.header()
	if h == nil {
		r.left = 0
		return false
	}
	r.left--
	r.off += h.Next_offset
	mac, end := uint32(h.Mac), uint32(h.Mac)+h.Snaplen
	p.Time = int64(h.Sec)*1e9 + int64(h.Nsec)
	p.Link = linkOf(r.from.Hatype)
	p.FCS = 0
	begin := mac
	switch {
	case p.Link == capture.LinkEthernet:
		if h.Status&unix.TP_STATUS_VLAN_VALID != 0 && h.Snaplen >= 2*addressLength {
			begin = tag(b, h)
		}
	case p.Link == capture.LinkRaw:
		begin = min(uint32(h.Net), end)
	case p.Link == capture.LinkLinuxSLL:
		begin = min(uint32(h.Net), end) - cookedHeader
		cook(b[begin:begin+cookedHeader], r.from)
	}
	p.Data = b[begin:end:end]
	p.Length = int(h.Len) + int(mac) - int(begin)
	return true
}

// header returns the header of the next packet, and what begins with it; nil if
// it is not within the block.
func (r *reader) header() (*unix.Tpacket3Hdr, []byte) {
	size := uint32(len(r.block))
	if r.off%blockAlign != 0 || r.off > size || size-r.off < leastMAC {
		return nil, nil
	}
	b := r.block[r.off:]
	h := (*unix.Tpacket3Hdr)(unsafe.Pointer(&b[0]))
	mac := uint32(h.Mac)
	if mac < leastMAC || h.Net < h.Mac || mac > uint32(len(b)) || h.Snaplen > uint32(len(b))-mac {
		return nil, nil
	}
	r.from = (*unix.RawSockaddrLinklayer)(unsafe.Pointer(&b[addressAfter]))
	return h, b
}

// addressLength is that of an Ethernet address.
const addressLength = 6

// tag puts the VLAN tag back that the kernel took out, behind the addresses,
// which move into the headroom. It gives where the frame begins now.
func tag(b []byte, h *unix.Tpacket3Hdr) uint32 {
	const length = 4
	protocol := h.Hv1.Vlan_tpid
	if h.Status&unix.TP_STATUS_VLAN_TPID_VALID == 0 {
		protocol = unix.ETH_P_8021Q
	}
	begin := uint32(h.Mac) - length
	frame := b[begin:]
	copy(frame[:2*addressLength], frame[length:])
	binary.BigEndian.PutUint16(frame[2*addressLength:], protocol)
	binary.BigEndian.PutUint16(frame[2*addressLength+2:], uint16(h.Hv1.Vlan_tci))
	return begin
}
