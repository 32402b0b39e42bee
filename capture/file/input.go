package file

import (
	"encoding/binary"
	"io"
	"math/bits"
)

const (
	// bufferSize is that of the read buffer. 512 KiB was as fast as anything
	// larger, and records are used where they lie in it.
	bufferSize = 512 << 10
	// maxEmptyReads is how often in a row a reader may give nothing at all.
	maxEmptyReads = 100
)

// input is the part of a capture that is in memory, and what all file formats
// keep about it.
type input struct {
	name  string
	limit int       // largest packet that is given, in bytes
	src   io.Reader // the capture, decompressed
	err   error     // why src gives no more; io.EOF at its end

	buf  []byte
	r, w int   // buf[r:w] is read from src and not yet used
	base int64 // offset of buf[0] in the capture

	frame    int64 // number of the last frame
	problems problems
	extras   extras
}

// offset is where the unused bytes begin in the capture.
func (in *input) offset() int64 { return in.base + int64(in.r) }

// unused returns the bytes that are in memory.
func (in *input) unused() []byte { return in.buf[in.r:in.w] }

// need reports whether n more bytes are in memory, after reading them if they
// were not. Slices of the buffer that were given before are then invalid.
func (in *input) need(n int) bool {
	return in.w-in.r >= n || in.fill(n)
}

// fill reads until n bytes are there. The buffer grows to n in doublings, each
// one only when it is full: a length in a file costs no memory by itself.
func (in *input) fill(n int) bool {
	in.slide()
	for empty := 0; in.w < n && in.err == nil; {
		if in.w == len(in.buf) {
			in.buf = append(make([]byte, 0, 2*len(in.buf)), in.buf...)[:2*len(in.buf)]
		}
		k, err := in.src.Read(in.buf[in.w:])
		in.w += k
		in.err = err
		if k > 0 {
			empty = 0
		} else if empty++; empty > maxEmptyReads && err == nil {
			in.err = io.ErrNoProgress
		}
	}
	return in.w >= n
}

// slide moves the unused bytes, of which there are less than one record, to the
// front of the buffer.
func (in *input) slide() {
	if in.r == 0 {
		return
	}
	in.base += int64(in.r)
	in.w = copy(in.buf, in.unused())
	in.r = 0
}

// skip passes over n bytes without keeping them and gives how many there were.
func (in *input) skip(n int64) int64 {
	for left := n; ; {
		k := min(left, int64(in.w-in.r))
		in.r += int(k)
		left -= k
		if left == 0 || !in.need(1) {
			return n - left
		}
	}
}

// cause is why the input ended too early.
func (in *input) cause() error {
	if in.err == nil || in.err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return in.err
}

// damage makes the error that ends the reading at the record at offset.
// A frame of 0 says that the record is not, or cannot be known to be, a frame.
func (in *input) damage(offset, frame int64, why string, err error) *DamageError {
	return &DamageError{File: in.name, Offset: offset, Frame: frame, Why: why, Err: err}
}

// end tells the clean end of the capture from one in the middle of the header
// of a record, or of what it is compressed in.
func (in *input) end(frame int64, header string) error {
	left := in.w - in.r
	switch {
	case left > 0:
		return in.damage(in.offset(), frame, cutText(header, int64(left)), in.cause())
	case in.err == io.EOF:
		return io.EOF
	case in.err == io.ErrUnexpectedEOF:
		return in.damage(in.offset(), 0, "compressed data cut", in.err)
	}
	return in.damage(in.offset(), 0, "no more can be read", in.err)
}

// byteOrder is that of the machine that wrote a file or section.
type byteOrder bool

const (
	littleEndian byteOrder = false
	bigEndian    byteOrder = true
)

func (o byteOrder) u16(b []byte) uint16 {
	v := binary.LittleEndian.Uint16(b)
	if o == bigEndian {
		v = bits.ReverseBytes16(v)
	}
	return v
}

func (o byteOrder) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if o == bigEndian {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (o byteOrder) u64(b []byte) uint64 {
	v := binary.LittleEndian.Uint64(b)
	if o == bigEndian {
		v = bits.ReverseBytes64(v)
	}
	return v
}
