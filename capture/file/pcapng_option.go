package file

// The options that are read, section 3.5 and those of each block.
const (
	optEnd     = 0
	optComment = 1

	ifName     = 2 // section 4.2
	ifTsresol  = 9
	ifFCSLen   = 13
	ifTsoffset = 14

	epbFlags     = 2 // section 4.3; the obsolete packet block has the same
	epbDropcount = 4

	isbIfdrop = 5 // section 4.6
	isbOsdrop = 7
)

// options walks over a list of options, section 3.5: code, length and value,
// padded to 32 bits.
type options struct {
	order byteOrder
	rest  []byte
	bad   bool // the list ended in the middle of an option
}

// next returns the next option; ok is false at the end. The value is part of
// the block.
func (o *options) next() (code uint16, value []byte, ok bool) {
	if len(o.rest) == 0 {
		return 0, nil, false
	}
	if len(o.rest) < 4 {
		o.bad = true
		return 0, nil, false
	}
	code = o.order.u16(o.rest)
	n := int(o.order.u16(o.rest[2:]))
	value = o.rest[4:]
	if code == optEnd {
		return 0, nil, false
	}
	if n > len(value) {
		o.bad = true
		return 0, nil, false
	}
	o.rest = value[min(padded(n), len(value)):]
	return code, value[:n], true
}

// padded rounds a length up to the 32 bits that everything in a block has.
func padded(n int) int { return (n + 3) &^ 3 }

// finish notes a list of options that was cut.
func (f *pcapngFile) finish(o *options, b *block, frame int64) {
	if o.bad {
		f.in.problems.add(b.at, frame, "option that does not fit in its block of type %#x", b.kind)
	}
}

// comments reads a list of options of which only the comments matter.
func (f *pcapngFile) comments(b *block, frame int64, list []byte) {
	o := options{order: f.order, rest: list}
	for code, value, ok := o.next(); ok; code, value, ok = o.next() {
		if code == optComment {
			f.in.extras.comment(frame, value)
		}
	}
	f.finish(&o, b, frame)
}
