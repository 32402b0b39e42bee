// Package der reads DER, X.690, from bytes that nobody vouches for. It accepts
// what encoding/asn1 refuses and the network carries: lengths in more bytes
// than needed, and content that was cut short.
package der

import "fmt"

// Tags of universal types, X.690 section 8.
const (
	Integer         = 0x02
	BitString       = 0x03
	OctetString     = 0x04
	OID             = 0x06
	Enumerated      = 0x0a
	GeneralizedTime = 0x18
	GeneralString   = 0x1b
	Sequence        = 0x30
)

// Explicit returns the tag of the context-specific constructed type [n].
func Explicit(n int) byte { return 0xa0 | byte(n) }

// Application returns the tag of the constructed type [APPLICATION n].
func Application(n int) byte { return 0x60 | byte(n) }

// Span is a part of the input, from one offset to another.
type Span struct{ at, end int }

// At returns the offset at which the span begins.
func (s Span) At() int { return s.at }

// Len returns the length of the span in bytes.
func (s Span) Len() int { return s.end - s.at }

// Skip moves the beginning of the span by at most n bytes.
func (s *Span) Skip(n int) { s.at += min(n, s.Len()) }

// Element is one element of DER: its tag and its content.
type Element struct {
	Tag byte
	Span
}

// Reader reads the elements of one input. Its first error stays, and later
// ones, which follow from it as a rule, are dropped.
type Reader struct {
	name  string // of the protocol, which errors begin with
	input []byte
	err   error
}

// NewReader returns a reader of input, of which it keeps no copy.
func NewReader(name string, input []byte) Reader { return Reader{name: name, input: input} }

// All returns the whole input.
func (r *Reader) All() Span { return Span{0, len(r.input)} }

// Bytes returns the bytes of s. They are part of the input: copy them to keep
// them.
func (r *Reader) Bytes(s Span) []byte { return r.input[s.at:s.end:s.end] }

// Err returns the first error.
func (r *Reader) Err() error { return r.err }

// Fail records an error about field at the offset at, unless there was one.
func (r *Reader) Fail(field string, at int, format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %s at byte %d: %s", r.name, field, at, fmt.Sprintf(format, args...))
	}
}

// Next takes the first element off s. Content that is cut short is given as far
// as it goes, with an error. It is false at the end of s, and where no element
// can be read, after which s is empty.
func (r *Reader) Next(s *Span, field string) (Element, bool) {
	start := s.at
	if s.Len() == 0 {
		return Element{}, false
	}
	tag := r.input[s.at]
	s.at++
	size, ok := r.length(s)
	switch {
	case tag&0x1f == 0x1f:
		r.Fail(field, start, "a tag of several bytes")
		ok = false
	case !ok:
		r.Fail(field, start, "no length")
	case size > uint64(s.Len()):
		r.Fail(field, start, "%d bytes do not fit in the %d left", size, s.Len())
		size = uint64(s.Len())
	}
	if !ok {
		s.at = s.end
		return Element{}, false
	}
	e := Element{tag, Span{s.at, s.at + int(size)}}
	s.at = e.end
	return e, true
}

// length takes a length off s. It is false for the indefinite form, which DER
// forbids, and for one that is cut short. One of more than 32 bits fits in no
// input, so what it is exactly does not matter.
func (r *Reader) length(s *Span) (size uint64, ok bool) {
	if s.Len() == 0 {
		return 0, false
	}
	first := r.input[s.at]
	s.at++
	if first < 0x80 {
		return uint64(first), true
	}
	n := int(first & 0x7f)
	if n == 0 || n > s.Len() {
		return 0, false
	}
	for _, c := range r.input[s.at : s.at+n] {
		size = min(size<<8|uint64(c), 1<<32)
	}
	s.at += n
	return size, true
}

// Inside returns the first element inside e, which must have this tag, as in an
// explicitly tagged field.
func (r *Reader) Inside(e Element, tag byte, field string) (Element, bool) {
	s := e.Span
	inner, ok := r.Next(&s, field)
	switch {
	case !ok:
		r.Fail(field, e.at, "nothing inside")
	case inner.Tag != tag:
		r.Fail(field, inner.at, "tag %02x instead of %02x", inner.Tag, tag)
		ok = false
	}
	return inner, ok
}

// Int returns the INTEGER or ENUMERATED of this tag inside e. It is false if
// there is none of at most 64 bits.
func (r *Reader) Int(e Element, tag byte, field string) (v int64, ok bool) {
	inner, ok := r.Inside(e, tag, field)
	if !ok {
		return 0, false
	}
	b := r.Bytes(inner.Span)
	if len(b) == 0 || len(b) > 8 {
		r.Fail(field, inner.at, "a number of %d bytes", len(b))
		return 0, false
	}
	v = int64(int8(b[0]))
	for _, c := range b[1:] {
		v = v<<8 | int64(c)
	}
	return v, true
}
