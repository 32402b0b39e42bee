package packet

import (
	"encoding/binary"
	"math/bits"

	"ntlmtrace/capture"
	"ntlmtrace/capture/internal/assigned"
)

// DecodePlain is Decode for the packets that captures have millions of:
// Ethernet with or without VLAN tags, cooked, or raw; then IPv4 without options
// or IPv6 without extensions, not a fragment; then a whole TCP header. It fills
// t with what Decode would, and is false for all others. It counts and keeps
// nothing, so that packets can be decoded ahead of their turn.
func (d *Decoder) DecodePlain(p *capture.Packet, t *TCP) bool {
	b := p.Data
	if p.FCS > 0 {
		b = b[:max(0, len(b)-p.FCS)]
	}
	t.Stamp = p.Stamp
	t.Mark, t.Through = p.Direction, uint16(p.Interface)
	typ, n := uint16(0), 0
	switch p.Link {
	case capture.LinkEthernet:
		if n = 14; len(b) < n {
			return false
		}
		typ = binary.BigEndian.Uint16(b[12:])
		if t.Mark != capture.Unmarked {
			t.Mark = ethernetMark(t.Mark, b)
		}
	case capture.LinkLinuxSLL:
		if n = 16; len(b) < n || !carriesEtherType(binary.BigEndian.Uint16(b[2:])) {
			return false
		}
		t.Mark = cookedMark(binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]))
		typ = binary.BigEndian.Uint16(b[14:])
	case capture.LinkLinuxSLL2:
		if n = 20; len(b) < n || !carriesEtherType(binary.BigEndian.Uint16(b[8:])) {
			return false
		}
		t.Mark = cookedMark(uint16(b[10]), binary.BigEndian.Uint16(b[8:]))
		t.Through = binary.BigEndian.Uint16(b[6:])
		typ = binary.BigEndian.Uint16(b)
	case capture.LinkRaw:
		if typ = assigned.EtherIPv4; len(b) > 0 && b[0]>>4 == 6 {
			typ = assigned.EtherIPv6
		}
	default:
		return false
	}
	for b = b[n:]; ; b = b[4:] {
		switch typ {
		case assigned.EtherIPv4:
			return d.decodePlainIPv4(b, t)
		case assigned.EtherIPv6:
			return d.decodePlainIPv6(b, t)
		case assigned.EtherVLAN, assigned.EtherService, assigned.EtherQinQ:
			if len(b) < 4 {
				return false
			}
			typ = binary.BigEndian.Uint16(b[2:])
		default:
			return false
		}
	}
}

// decodePlainIPv4 decodes IPv4 without options and TCP, RFC 791 section 3.1 and
// RFC 9293 section 3.1:
//
//	 0  version, header length   2  total length   4  identification
//	 6  flags, fragment offset   9  protocol      12  source, destination
//	20  ports   24  sequence number   28  acknowledgement   32  data offset, flags
//
// It is false, having counted nothing, for what is not exactly that. There is
// one check of the length, and neighbours are loaded together: this is half of
// the time of a packet of 64 bytes.
func (d *Decoder) decodePlainIPv4(b []byte, t *TCP) bool {
	if len(b) < 40 {
		return false
	}
	h := (*[40]byte)(b)
	word := binary.BigEndian.Uint64(h[0:])
	if word>>56 != 0x45 || h[9] != assigned.ProtoTCP || word&0x3fff != 0 {
		return false
	}
	total := int(uint16(word >> 32))
	header, end := 20+int(h[32]>>4)*4, min(total, len(b))
	if header < 40 || header > end {
		return false
	}
	t.HasID, t.ID = true, uint16(word>>16)
	t.Seq = binary.BigEndian.Uint32(h[24:])
	t.Ack = binary.BigEndian.Uint32(h[28:])
	t.Flags = h[33]
	t.Payload = b[header:end]
	t.Cut = total - end

	// An endpoint is one number, the address above the port. Which is the
	// smaller changes with every other packet and no processor can guess it, so
	// they change places without a branch.
	addrs, ports := binary.BigEndian.Uint64(h[12:]), binary.BigEndian.Uint32(h[20:])
	src, dst := addrs>>32<<16|uint64(ports>>16), addrs<<32>>16|uint64(ports&0xffff)
	_, swap := bits.Sub64(dst, src, 0)
	change := (src ^ dst) & -swap
	src, dst = src^change, dst^change
	t.Dir = capture.Dir(swap)
	k := &t.Key
	k.Addr[0] = Address{0, mapped4 | src>>16}
	k.Addr[1] = Address{0, mapped4 | dst>>16}
	k.Port[0], k.Port[1] = uint16(src), uint16(dst)
	k.Hash = d.hasher.hash4(src, dst)
	return true
}

// decodePlainIPv6 decodes IPv6 without extension headers and TCP, RFC 8200
// section 3:
//
//	 0  version   4  payload length   6  next header   8  source   24  destination
//	40  as from 20 in tcp4
//
// It is false, having counted nothing, for what is not exactly that.
func (d *Decoder) decodePlainIPv6(b []byte, t *TCP) bool {
	if len(b) < 60 {
		return false
	}
	h := (*[60]byte)(b)
	payload := int(binary.BigEndian.Uint16(h[4:]))
	if h[0]>>4 != 6 || h[6] != assigned.ProtoTCP || payload == 0 {
		return false
	}
	total := 40 + payload
	header, end := 40+int(h[52]>>4)*4, min(total, len(b))
	if header < 60 || header > end {
		return false
	}
	t.HasID, t.ID = false, 0
	t.Seq = binary.BigEndian.Uint32(h[44:])
	t.Ack = binary.BigEndian.Uint32(h[48:])
	t.Flags = h[53]
	t.Payload = b[header:end]
	t.Cut = total - end
	d.setEndpoints(addressOf(h[8:]), addressOf(h[24:]), binary.BigEndian.Uint32(h[40:]), t)
	return true
}
