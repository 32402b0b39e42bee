package capturetest

import (
	"encoding/binary"
	"time"
)

// Format is a variety of the pcap file format.
type Format uint8

// The varieties of pcap, to be combined.
const (
	Nano      Format = 1 << iota // times in nanoseconds
	BigEndian                    // written on a big-endian machine
)

// maxSnaplen is what tcpdump writes if it does not cut.
const maxSnaplen = 262144

// appender is what both byte orders of encoding/binary are.
type appender interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

func (f Format) order() appender {
	if f&BigEndian != 0 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (c *Capture) limit() uint32 {
	if c.snaplen > 0 {
		return uint32(c.snaplen)
	}
	return maxSnaplen
}

// PCAP returns the capture as a pcap file, in microseconds and little-endian
// unless a format says otherwise.
func (c *Capture) PCAP(formats ...Format) []byte {
	var f Format
	for _, g := range formats {
		f |= g
	}
	o, magic, unit := f.order(), uint32(0xa1b2c3d4), time.Microsecond
	if f&Nano != 0 {
		magic, unit = 0xa1b23c4d, time.Nanosecond
	}
	b := o.AppendUint32(nil, magic)
	b = o.AppendUint16(b, 2)
	b = o.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(b, c.limit())
	b = o.AppendUint32(b, c.link.number())
	for _, r := range c.frames {
		b = o.AppendUint32(b, uint32(r.Time.Unix()))
		b = o.AppendUint32(b, uint32(r.Time.Nanosecond()/int(unit)))
		b = o.AppendUint32(b, uint32(len(r.Data)))
		b = o.AppendUint32(b, uint32(r.Length))
		b = append(b, r.Data...)
	}
	return b
}

// PCAPNG returns the capture as a pcapng file of one interface, with directions
// where they are known.
func (c *Capture) PCAPNG() []byte {
	b := block(nil, 0x0a0d0d0a, []byte{
		0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	})
	b = block(b, 1, c.interfaceDescription())
	for _, r := range c.frames {
		b = block(b, 6, r.enhancedPacket())
	}
	return b
}

var le = binary.LittleEndian

// block appends a block of the draft-ietf-opsawg-pcapng, section 3.1; body is
// padded to 32 bits.
func block(b []byte, kind uint32, body []byte) []byte {
	body = pad(body)
	n := uint32(12 + len(body))
	b = le.AppendUint32(b, kind)
	b = le.AppendUint32(b, n)
	b = append(b, body...)
	return le.AppendUint32(b, n)
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// interfaceDescription has the option if_tsresol: nanoseconds.
func (c *Capture) interfaceDescription() []byte {
	b := le.AppendUint16(nil, uint16(c.link.number()))
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, c.limit())
	return append(b, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0)
}

func (f *Frame) enhancedPacket() []byte {
	t := uint64(f.Time.UnixNano())
	b := le.AppendUint32(nil, 0) // the only interface
	b = le.AppendUint32(b, uint32(t>>32))
	b = le.AppendUint32(b, uint32(t))
	b = le.AppendUint32(b, uint32(len(f.Data)))
	b = le.AppendUint32(b, uint32(f.Length))
	b = pad(append(b, f.Data...))
	if f.Direction == Inbound || f.Direction == Outbound {
		b = append(b, 2, 0, 4, 0, byte(f.Direction), 0, 0, 0, 0, 0, 0, 0)
	}
	return b
}
