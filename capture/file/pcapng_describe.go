package file

import (
	"bytes"
	"math"
	"net/netip"

	"ntlmtrace/capture"
)

// describe reads a block that is no packet. A block of a type that is not known
// is passed over, as section 4 asks.
func (f *pcapngFile) describe(b *block) {
	switch b.kind {
	case blockInterface:
		f.iface(b)
	case blockNames:
		f.names(b)
	case blockStatistics:
		f.statistics(b)
	case blockSecrets:
		f.secrets(b)
	}
}

// iface reads an interface description block, section 4.2. One that is damaged
// still takes its number, or all that follow would be mistaken for others.
func (f *pcapngFile) iface(b *block) {
	const fixed, microseconds = 8, 6
	if len(b.body) < fixed {
		f.in.problems.add(b.at, 0, "interface description of %d bytes", len(b.body))
		f.ifs = append(f.ifs, linkState{})
		return
	}
	i := linkState{known: true, link: capture.LinkType(f.order.u16(b.body)), snaplen: f.order.u32(b.body[4:])}
	resolution, offset := uint8(microseconds), int64(0)
	o := options{order: f.order, rest: b.body[fixed:]}
	for code, value, ok := o.next(); ok; code, value, ok = o.next() {
		switch {
		case code == optComment:
			f.in.extras.comment(0, value)
		case code == ifName:
			f.in.extras.interfaceName(f.first+len(f.ifs), value)
		case code == ifTsresol && len(value) == 1:
			resolution = value[0]
		case code == ifTsoffset && len(value) == 8:
			offset = int64(f.order.u64(value))
		case code == ifFCSLen && len(value) == 1:
			i.fcs = fcsBytes(value[0])
		}
	}
	f.finish(&o, b, 0)
	i.time = newTicks(resolution, offset)
	f.ifs = append(f.ifs, i)
}

// fcsBytes reads if_fcslen. It counts bits, but the draft's own example is 4,
// and writers followed it: what is too small for bits is taken for bytes.
func fcsBytes(n uint8) int {
	if n < 16 {
		return int(n)
	}
	return int(n / 8)
}

// names reads a name resolution block, section 4.5: records of an address and
// its names, each ended by a zero byte.
func (f *pcapngFile) names(b *block) {
	const recordEnd, recordIPv4, recordIPv6 = 0, 1, 2
	o := options{order: f.order, rest: b.body} // records look like options, with the same end
	for code, value, ok := o.next(); ok; code, value, ok = o.next() {
		size := 0
		switch code {
		case recordIPv4:
			size = 4
		case recordIPv6:
			size = 16
		}
		if size > 0 && len(value) > size {
			f.name(b, value[:size], value[size:])
		}
	}
	f.finish(&o, b, 0)
}

// name keeps the first of the names of an address.
func (f *pcapngFile) name(b *block, address, names []byte) {
	a, _ := netip.AddrFromSlice(address)
	name, _, _ := bytes.Cut(names, []byte{0})
	if !f.in.extras.name(a, name) {
		f.in.problems.add(b.at, 0, "name of %v not kept", a)
	}
}

// secrets reads a decryption secrets block, section 4.7.
func (f *pcapngFile) secrets(b *block) {
	const fixed = 8
	if len(b.body) < fixed {
		f.in.problems.add(b.at, 0, "secrets block of %d bytes", len(b.body))
		return
	}
	kind, size, data := f.order.u32(b.body), f.order.u32(b.body[4:]), b.body[fixed:]
	if uint64(size) > uint64(len(data)) {
		f.in.problems.add(b.at, 0, "secrets of %d bytes in a block that has room for %d", size, len(data))
		size = uint32(len(data))
	}
	if !f.in.extras.secret(kind, data[:size]) {
		f.in.problems.add(b.at, 0, "secrets of %d bytes not kept", size)
	}
}

// statistics reads an interface statistics block, section 4.6.
func (f *pcapngFile) statistics(b *block) {
	const fixed = 12
	if len(b.body) < fixed {
		f.in.problems.add(b.at, 0, "interface statistics of %d bytes", len(b.body))
		return
	}
	i := f.linkOf(f.order.u32(b.body))
	if i == nil {
		f.in.problems.add(b.at, 0, "statistics of interface %d, which is not described", f.order.u32(b.body))
		return
	}
	var lost uint64
	o := options{order: f.order, rest: b.body[fixed:]}
	for code, value, ok := o.next(); ok; code, value, ok = o.next() {
		if (code == isbIfdrop || code == isbOsdrop) && len(value) == 8 {
			lost = min(lost, maxDrops) + min(f.order.u64(value), maxDrops)
		}
	}
	f.finish(&o, b, 0)
	f.in.extras.drops += i.drops.reported(lost)
}

// maxDrops bounds what one interface may claim: the sum over all interfaces
// that fit in memory stays within 64 bits.
const maxDrops = math.MaxUint32

// drops counts the packets that an interface lost. The statistics of the
// interface and the counts in its packets tell of the same ones.
type drops struct{ inPackets, inStatistics, total uint64 }

// counted adds a count that a packet carries; it gives by how much the total
// grows.
func (d *drops) counted(n uint64) int64 {
	d.inPackets = min(d.inPackets+min(n, maxDrops), maxDrops)
	return d.grow()
}

// reported takes a running total of the interface, of which the last counts.
func (d *drops) reported(n uint64) int64 {
	d.inStatistics = max(d.inStatistics, min(n, maxDrops))
	return d.grow()
}

func (d *drops) grow() int64 {
	before := d.total
	d.total = max(d.inPackets, d.inStatistics)
	return int64(d.total - before)
}
