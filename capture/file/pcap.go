package file

import (
	"fmt"

	"ntlmtrace/capture"
)

// The magic numbers, as the writer's byte order shows them.
const (
	pcapMicro    = 0xa1b2c3d4
	pcapNano     = 0xa1b23c4d
	pcapModified = 0xa1b2cd34 // Alexey Kuznetsov's: record headers have the interface and the packet type
	pcapIxiaHW   = 0x1c0001ac // Ixia lcap from hardware: nanoseconds
	pcapIxiaSW   = 0x1c0001ab // Ixia lcap from software
)

const (
	pcapHeader         = 24
	pcapRecord         = 16
	pcapModifiedRecord = 24
	pcapIxiaLength     = 4 // after the header of lcap files: the size of all records
	// pcapLargest is the largest packet that libpcap itself accepts (for DBUS
	// and USB); a larger length is no length.
	pcapLargest = 128 << 20
)

// pcapFile reads the records of a pcap file.
type pcapFile struct {
	in      *input
	order   byteOrder
	header  int   // bytes of a record header
	scale   int64 // nanoseconds in one unit of the second word of a time stamp
	snaplen uint32
	swap    lengthSwap
	link    capture.LinkType
	fcs     int
}

// lengthSwap says whether the two lengths of a record are in the wrong order:
// until version 2.3 the length on the wire came first.
type lengthSwap uint8

const (
	inOrder      lengthSwap = iota
	maybeSwapped            // version 2.3 was written in both ways; what was captured is not longer than the packet
	swapped
)

// pcapMagic returns the magic number and byte order of a file.
func pcapMagic(b []byte) (magic uint32, order byteOrder, ok bool) {
	for _, order := range []byteOrder{littleEndian, bigEndian} {
		switch magic := order.u32(b); magic {
		case pcapMicro, pcapNano, pcapModified, pcapIxiaHW, pcapIxiaSW:
			return magic, order, true
		}
	}
	return 0, littleEndian, false
}

// isPcap recognises a pcap file by its magic number, in either byte order.
func isPcap(b []byte) bool {
	if len(b) < magicSize {
		return false
	}
	_, _, ok := pcapMagic(b)
	return ok
}

// openPcap reads the file header, draft-ietf-opsawg-pcap section 4.
func openPcap(in *input) (records, error) {
	magic, order, _ := pcapMagic(in.unused())
	size := pcapHeader
	if magic == pcapIxiaHW || magic == pcapIxiaSW {
		size += pcapIxiaLength
	}
	if !in.need(size) {
		return nil, in.damage(0, 0, cutText(fmt.Sprintf("file header of %d bytes", size), int64(in.w-in.r)), in.cause())
	}
	h := in.unused()
	major, minor := order.u16(h[4:]), order.u16(h[6:])
	if major < 2 {
		return nil, in.damage(0, 0, fmt.Sprintf("pcap version %d.%d is not known", major, minor), nil)
	}
	f := &pcapFile{in: in, order: order, header: pcapRecord, scale: 1000, snaplen: order.u32(h[16:]), swap: swapOf(major, minor)}
	f.setLink(order.u32(h[20:]))
	switch magic {
	case pcapNano, pcapIxiaHW:
		f.scale = 1
	case pcapModified:
		f.header = pcapModifiedRecord
	}
	if magic == pcapMicro && major == 2 && minor == 2 {
		f.setAIX()
	}
	in.r += size
	in.extras.used(f.link)
	return f, nil
}

// swapOf knows the writers that put the lengths the other way round; 543.0 is
// that of DG/UX.
func swapOf(major, minor uint16) lengthSwap {
	switch {
	case major == 543, major == 2 && minor < 3:
		return swapped
	case major == 2 && minor == 3:
		return maybeSwapped
	}
	return inOrder
}

// setLink takes the last word of the file header apart: 26 bits of link type
// (ten of them reserved), a bit that says that the length of the frame check
// sequence is known, and that length in words of 16 bits.
func (f *pcapFile) setLink(word uint32) {
	f.link = capture.LinkType(word & 0x03ffffff)
	if word&0x04000000 != 0 {
		f.fcs = int(word>>28) * 2
	}
}

// setAIX changes f if the file is one of AIX: version 2.2, the lengths in
// order, nanoseconds, and the link type an ifType of RFC 1573.
func (f *pcapFile) setAIX() {
	links := map[capture.LinkType]capture.LinkType{6: capture.LinkEthernet, 9: 6, 15: 10, 24: capture.LinkNull}
	if link, ok := links[f.link]; ok {
		f.link, f.scale, f.swap = link, 1, inOrder
	}
}

// next reads a record, draft-ietf-opsawg-pcap section 5. It is on the path of
// every packet and works in the read buffer.
func (f *pcapFile) next(p *capture.Packet) error {
	in := f.in
	for {
		if in.w-in.r < f.header && !in.need(f.header) {
			return in.end(in.frame+1, f.headerText())
		}
		h := in.buf[in.r:in.w]
		caplen, length := f.lengths(h)
		if caplen > uint32(in.limit) {
			if err := f.oversize(caplen); err != nil {
				return err
			}
			continue
		}
		n := f.header + int(caplen)
		if len(h) < n {
			if !in.need(n) {
				return f.cut(caplen)
			}
			h = in.buf[in.r:in.w]
		}
		in.r += n
		in.frame++
		p.Frame = in.frame
		p.Time = int64(f.order.u32(h))*1e9 + int64(f.order.u32(h[4:]))*f.scale
		p.Data = h[f.header:n:n]
		p.Length = wireLength(caplen, length)
		p.Link = f.link
		p.FCS = fcsWithin(f.fcs, int(caplen), p.Length)
		p.Interface = 0
		p.Direction, p.Trimmed = capture.Unmarked, false
		if f.header == pcapModifiedRecord {
			p.Direction = modifiedDirection(h)
		}
		return nil
	}
}

// ready implements readyRecords. It is the loop that sees every packet of most
// files, so what cannot change within a file is looked at once, and what a
// record has in memory is the only thing that is asked of it.
func (f *pcapFile) ready(ps []capture.Packet) int {
	in := f.in
	if f.header != pcapRecord || f.swap != inOrder || f.fcs != 0 {
		return 0
	}
	h, n := in.buf[in.r:in.w], 0
	for n < len(ps) && len(h) >= pcapRecord {
		caplen, length := f.order.u32(h[8:]), f.order.u32(h[12:])
		size := pcapRecord + int(caplen)
		if caplen > uint32(in.limit) || size > len(h) {
			break
		}
		p := &ps[n]
		n++
		p.Frame = in.frame + int64(n)
		p.Time = int64(f.order.u32(h))*1e9 + int64(f.order.u32(h[4:]))*f.scale
		p.Data = h[pcapRecord:size:size]
		p.Length = wireLength(caplen, length)
		p.Link = f.link
		p.FCS, p.Interface, p.Direction, p.Trimmed = 0, 0, capture.Unmarked, false
		h = h[size:]
	}
	in.r = in.w - len(h)
	in.frame += int64(n)
	return n
}

// lengths returns the captured length and that on the wire.
func (f *pcapFile) lengths(h []byte) (caplen, length uint32) {
	caplen, length = f.order.u32(h[8:]), f.order.u32(h[12:])
	if f.swap == swapped || f.swap == maybeSwapped && caplen > length {
		caplen, length = length, caplen
	}
	return caplen, length
}

// oversize passes over a packet that is larger than the limit, unless its
// length shows that the header is no header.
func (f *pcapFile) oversize(caplen uint32) error {
	in, at := f.in, f.in.offset()
	if most := f.largest(); caplen > most {
		return in.damage(at, in.frame+1, fmt.Sprintf("record of %d bytes in a file whose largest is %d", caplen, most), nil)
	}
	in.r += f.header
	if got := in.skip(int64(caplen)); got < int64(caplen) {
		return in.damage(at, in.frame+1, cutText(recordText(caplen), got), in.cause())
	}
	in.frame++
	in.problems.add(at, in.frame, "packet of %d bytes skipped, the limit is %d", caplen, in.limit)
	return nil
}

// largest is the largest captured length that the file header admits.
func (f *pcapFile) largest() uint32 {
	if f.snaplen == 0 || f.snaplen > pcapLargest {
		return pcapLargest
	}
	return f.snaplen
}

// cut is the error for the last record of a file that ends in the middle of it.
func (f *pcapFile) cut(caplen uint32) error {
	in := f.in
	got := int64(in.w - in.r - f.header)
	return in.damage(in.offset(), in.frame+1, cutText(recordText(caplen), got), in.cause())
}

func (f *pcapFile) headerText() string { return fmt.Sprintf("record header of %d bytes", f.header) }

func recordText(caplen uint32) string { return fmt.Sprintf("record of %d bytes", caplen) }

// cutText says that only got bytes of what are there.
func cutText(what string, got int64) string { return fmt.Sprintf("%s cut after %d", what, got) }

// modifiedDirection reads the packet type of a modified record header, which is
// that of Linux: PACKET_HOST to PACKET_OTHERHOST, PACKET_OUTGOING.
func modifiedDirection(h []byte) capture.Direction {
	switch kind := h[22]; {
	case kind == 4:
		return capture.Outbound
	case kind == 3:
		return capture.Passing
	case kind < 4:
		return capture.Inbound
	}
	return capture.Unmarked
}

// fcsWithin returns how many bytes of a frame check sequence are in the
// captured part of a packet: they are its end, which a snapshot length cuts
// first.
func fcsWithin(fcs, caplen, length int) int {
	return min(max(fcs-(length-caplen), 0), caplen)
}
