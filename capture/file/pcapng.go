package file

import (
	"fmt"

	"ntlmtrace/capture"
)

// The types of blocks, section 4 and (the obsolete one) appendix A.
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockEnhanced   = 6
	blockSecrets    = 10
)

const (
	// blockFrame is what surrounds the body: type and total length before it,
	// total length again after it.
	blockFrame = 12
	blockHead  = 8
	// sectionHead is what must be read of a section header block to know its
	// byte order, and with it its length.
	sectionHead = 12
	orderMagic  = 0x1a2b3c4d
	// maxBlock is the largest block that is looked into, besides what the
	// limit allows a packet: key logs of long captures are the largest seen.
	maxBlock = 16 << 20
)

// pcapngFile reads the blocks of a pcapng file, draft-ietf-opsawg-pcapng;
// sections are of that.
type pcapngFile struct {
	in    *input
	order byteOrder   // of the section
	ifs   []linkState // interfaces of the section
	first int         // how many interfaces the sections before had
	last  int64       // time of the last packet that had one
}

// block is one block of a pcapng file.
type block struct {
	kind uint32
	at   int64  // where it begins in the capture
	body []byte // valid until the next block is read
}

// isPcapng recognises the type of a section header block, which is the same in
// both byte orders.
func isPcapng(b []byte) bool {
	return len(b) >= magicSize && littleEndian.u32(b) == blockSection
}

// openPcapng reads the first section header.
func openPcapng(in *input) (records, error) {
	f := &pcapngFile{in: in}
	var b block
	if err := f.read(&b); err != nil {
		return nil, err
	}
	if err := f.section(&b); err != nil {
		return nil, err
	}
	return f, nil
}

// next reads blocks until one gives a packet. It is on the path of every
// packet.
func (f *pcapngFile) next(p *capture.Packet) error {
	if f.plain(p) {
		return nil
	}
	var b block
	for {
		err := f.read(&b)
		if err != nil {
			return err
		}
		given := false
		switch b.kind {
		case blockEnhanced:
			given = f.enhanced(&b, p)
		case blockSimple:
			given = f.simple(&b, p)
		case blockPacket:
			given = f.obsolete(&b, p)
		case blockSection:
			err = f.section(&b)
		default:
			f.describe(&b)
		}
		if given || err != nil {
			return err
		}
	}
}

// read reads the next block that is not too large to be looked into.
func (f *pcapngFile) read(b *block) error {
	in := f.in
	for {
		if in.w-in.r < blockHead && !in.need(blockHead) {
			return in.end(0, "block header of 8 bytes")
		}
		b.kind, b.at = f.order.u32(in.buf[in.r:]), in.offset()
		if b.kind == blockSection {
			if err := f.turn(); err != nil {
				return err
			}
		}
		size := f.order.u32(in.buf[in.r+4:])
		if size < blockFrame || size%4 != 0 {
			return in.damage(b.at, 0, fmt.Sprintf("block of type %#x with a length of %d", b.kind, size), nil)
		}
		if size <= maxBlock || int64(size) <= maxBlock+int64(in.limit) {
			return f.body(b, int(size))
		}
		if err := f.oversize(b, size); err != nil {
			return err
		}
	}
}

// body takes the rest of a block of size bytes.
func (f *pcapngFile) body(b *block, size int) error {
	in := f.in
	if in.w-in.r < size && !in.need(size) {
		return in.damage(b.at, f.frameOf(b.kind), cutText(blockText(b.kind, uint32(size)), int64(in.w-in.r)), in.cause())
	}
	whole := in.buf[in.r : in.r+size]
	in.r += size
	b.body = whole[blockHead : size-4 : size-4]
	if again := f.order.u32(whole[size-4:]); again != uint32(size) {
		in.problems.add(b.at, 0, "block length %d is given as %d at its end", size, again)
	}
	return nil
}

// turn takes the byte order of the section header that comes next.
func (f *pcapngFile) turn() error {
	in := f.in
	if !in.need(sectionHead) {
		return in.end(0, "section header block")
	}
	magic := in.unused()[blockHead:]
	for _, order := range []byteOrder{littleEndian, bigEndian} {
		if order.u32(magic) == orderMagic {
			f.order = order
			return nil
		}
	}
	return in.damage(in.offset(), 0, fmt.Sprintf("section header with byte-order magic % x", magic[:4]), nil)
}

// oversize passes over a block that is too large.
func (f *pcapngFile) oversize(b *block, size uint32) error {
	in := f.in
	frame := f.frameOf(b.kind)
	switch b.kind {
	case blockSection: // without it nothing that follows can be understood
		return in.damage(b.at, 0, fmt.Sprintf("section header of %d bytes", size), nil)
	case blockInterface:
		f.ifs = append(f.ifs, linkState{})
	}
	if got := in.skip(int64(size)); got < int64(size) {
		return in.damage(b.at, frame, cutText(blockText(b.kind, size), got), in.cause())
	}
	if frame > 0 {
		in.frame = frame
	}
	in.problems.add(b.at, frame, "%s skipped, too large", blockText(b.kind, size))
	return nil
}

// frameOf returns the number of the next frame if blocks of this kind are
// frames, else 0.
func (f *pcapngFile) frameOf(kind uint32) int64 {
	switch kind {
	case blockEnhanced, blockSimple, blockPacket:
		return f.in.frame + 1
	}
	return 0
}

func blockText(kind, size uint32) string {
	return fmt.Sprintf("block of type %#x and %d bytes", kind, size)
}

// section begins a section, section 4.1: its interfaces are numbered anew.
func (f *pcapngFile) section(b *block) error {
	const fixed = 16
	if len(b.body) < fixed {
		return f.in.damage(b.at, 0, fmt.Sprintf("section header of %d bytes", len(b.body)), nil)
	}
	if major, minor := f.order.u16(b.body[4:]), f.order.u16(b.body[6:]); major != 1 {
		return f.in.damage(b.at, 0, fmt.Sprintf("pcapng version %d.%d is not known", major, minor), nil)
	}
	f.first += len(f.ifs)
	f.ifs = f.ifs[:0]
	f.comments(b, 0, b.body[fixed:])
	return nil
}
