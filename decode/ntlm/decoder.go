package ntlm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// decoder reads one message. Everything goes through bytes, which alone looks
// at bounds.
type decoder struct {
	msg     []byte
	scratch *Scratch
	short   bool // the header was cut off: what follows in it is not reported again
	lost    bool // a field could not be read
	errs    []error
}

// place says where the descriptor of a field is in its message.
type place struct {
	field string
	at    int    // where the descriptor itself is
	floor uint32 // end of the shortest header that has it: a lower offset is damage
}

// descriptor is the Len, MaxLen, BufferOffset triple of a field, MS-NLMP
// section 2.2.1.1. MaxLen is not kept: receivers ignore it. The zero descriptor
// is that of a field that the message does not have by its flags.
type descriptor struct {
	*place
	size   uint32
	offset uint32
}

func (d *decoder) fail(format string, args ...any) {
	d.errs = append(d.errs, fmt.Errorf("ntlm: "+format, args...))
}

// err joins what was found, in the order of the message.
func (d *decoder) err() error { return errors.Join(d.errs...) }

// bytes returns the n bytes at off, or nil if the message does not have them.
func (d *decoder) bytes(off uint64, n int) []byte {
	if end := off + uint64(n); end <= uint64(len(d.msg)) {
		return d.msg[off:end:end]
	}
	d.lost = true
	return nil
}

// head returns the n bytes of a header field at off.
func (d *decoder) head(off, n int, field string) []byte {
	b := d.bytes(uint64(off), n)
	if b == nil {
		d.cutShort(off, n, field)
	}
	return b
}

// cutShort notes that the header does not have the n bytes at off. After the
// first such field it is silent, since all the following ones are missing too.
func (d *decoder) cutShort(off, n int, field string) {
	if !d.short {
		d.short = true
		d.fail("%s at byte %d: %d bytes do not fit in a message of %d", field, off, n, len(d.msg))
	}
}

func (d *decoder) flags(off int) Flags {
	b := d.head(off, 4, "NegotiateFlags")
	if b == nil {
		return 0
	}
	return Flags(binary.LittleEndian.Uint32(b))
}

func (d *decoder) descriptor(p *place) descriptor {
	b := d.head(p.at, 8, p.field)
	if b == nil {
		return descriptor{place: p}
	}
	return descriptor{p, uint32(binary.LittleEndian.Uint16(b)), binary.LittleEndian.Uint32(b[4:])}
}

// payload returns what f points to. It is part of the message: copy it to keep
// it. A field that begins inside the header is not read.
func (d *decoder) payload(f descriptor) []byte {
	if f.size == 0 {
		return nil
	}
	if f.offset < f.floor {
		d.lost = true
		d.fail("%s at byte %d: its offset %d is inside the header", f.field, f.at, f.offset)
		return nil
	}
	b := d.bytes(uint64(f.offset), int(f.size))
	if b == nil {
		d.fail("%s at byte %d: %d bytes do not fit in a message of %d", f.field, f.at, f.size, len(d.msg))
	}
	return b
}

// headerEnd tells where the header ends: at the lowest offset in use. If no
// field is in use the offsets are only a hint, and without a plausible one the
// header is the whole message. It can lie outside of a damaged message.
func (d *decoder) headerEnd(fields ...descriptor) uint32 {
	const none = math.MaxUint32
	used, hint := uint32(none), uint32(none)
	for _, f := range fields {
		switch {
		case f.place == nil || f.offset < f.floor: // not there, not read, or damaged
		case f.size > 0:
			used = min(used, f.offset)
		default:
			hint = min(hint, f.offset)
		}
	}
	switch {
	case used != none:
		return used
	case hint != none:
		return hint
	}
	return uint32(len(d.msg))
}

// version reads the VERSION at off if the header, which ends at end, has room
// for it. Some tools leave the room and eight zero bytes in it: that is no
// version unless the flag claims it.
func (d *decoder) version(off int, end uint32, f Flags) *Version {
	if end < uint32(off+versionSize) {
		return nil
	}
	b := d.head(off, versionSize, "Version")
	if b == nil || !f.Has(NegotiateVersion) && allZero(b) {
		return nil
	}
	d.scratch.version = parseVersion(b)
	return &d.scratch.version
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
