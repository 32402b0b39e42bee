package packet

import (
	"slices"
	"sort"
	"time"
)

// Limits of reassembly.
const (
	maxDatagram      = 65535   // bytes of a datagram behind its IP header
	maxPartials      = 4096    // datagrams that wait for fragments
	maxFragmentBytes = 4 << 20 // of all fragments that wait

	// maxParts limits the parts of one datagram: a TCP segment of 1460 bytes
	// in the smallest fragments has 185.
	maxParts = 256

	// partOverhead is what a part costs besides its bytes.
	partOverhead = 64

	// fragmentAge is how long a datagram may take, in capture time, before its
	// identification may be another's. Linux waits as long (ipfrag_time).
	fragmentAge = int64(30 * time.Second)
)

// fragmentKey names a datagram: RFC 791 section 3.2, RFC 8200 section 4.5.
type fragmentKey struct {
	src, dst Address
	id       uint32
	proto    uint8 // IPv4 only
	v6       bool
}

// fragment is what the header of one fragment says of its place.
type fragment struct {
	offset int
	more   bool  // it is not the last
	proto  uint8 // of the datagram, as this fragment has it
}

// part is a run of bytes of a datagram.
type part struct {
	offset int
	data   []byte // a copy
}

func (p *part) end() int { return p.offset + len(p.data) }

// partial is a datagram that waits for fragments.
type partial struct {
	key    fragmentKey
	first  int64  // capture time of the fragment that came first
	parts  []part // by offset; they do not overlap
	have   int    // bytes of parts
	size   int    // of the whole; -1 until the last fragment is there
	begun  bool   // the fragment at offset 0 is there
	proto  uint8  // of that fragment
	frames int64  // fragments that are held

	mayHoldTCP bool // not only a UDP datagram
}

// add copies what of data the datagram does not have yet: of bytes that came
// twice the first are kept.
func (p *partial) add(offset int, data []byte) {
	i := sort.Search(len(p.parts), func(i int) bool { return p.parts[i].end() > offset })
	for len(data) > 0 {
		size := len(data)
		if i < len(p.parts) {
			size = min(size, p.parts[i].offset-offset)
		}
		if size > 0 {
			p.parts = slices.Insert(p.parts, i, part{offset, slices.Clone(data[:size])})
			p.have += size
			i++
		}
		if i == len(p.parts) {
			return
		}
		have := p.parts[i].end()
		data = data[min(len(data), have-offset):]
		offset = have
		i++
	}
}

// end returns the place behind the last byte that is there.
func (p *partial) end() int {
	if len(p.parts) == 0 {
		return 0
	}
	return p.parts[len(p.parts)-1].end()
}

// cost returns what the partial holds of the limit.
func (p *partial) cost() int { return p.have + len(p.parts)*partOverhead }

// fits reports whether a fragment that ends at end may be part of p.
func (p *partial) fits(f *fragment, end int) bool {
	if p.size >= 0 {
		return end <= p.size && (f.more || end == p.size)
	}
	return f.more || end >= p.end()
}

// whole returns the bytes of a datagram of which all parts are there.
func (p *partial) whole() []byte {
	out := make([]byte, 0, p.size)
	for _, part := range p.parts {
		out = append(out, part.data...)
	}
	return out
}
