package file

import (
	"encoding/binary"
	"math"

	"ntlmtrace/capture"
)

// What options of a pcapng file that is written hold, besides those that are
// read.
const (
	shbUserappl  = 4 // section 4.1
	isbStarttime = 2 // section 4.6
	isbEndtime   = 3
	isbIfrecv    = 4
)

const (
	// maxOption is how long a text may be that is written into an option.
	maxOption = 255
	// otherInterfaces stands for the number of an interface behind the first
	// maxInterfaces of a file that is written: of these all with one link type
	// are one.
	otherInterfaces = -1
)

// PcapngEncoder makes the blocks of one pcapng file, draft-ietf-opsawg-pcapng,
// in one section, little-endian. It appends each to a slice and writes nothing:
// who does knows where a block ends, and cuts a file back to whole blocks if
// the disk is full. Use NewPcapngEncoder.
type PcapngEncoder struct {
	info       func(n int) capture.InterfaceInfo
	interfaces []writtenInterface
	numbers    map[writtenInterface]uint32
}

// writtenInterface is an interface of the source as it is described in the
// file.
type writtenInterface struct {
	number int // in the source
	link   capture.LinkType
}

// NewPcapngEncoder makes the encoder of a file. Info describes an interface by
// its number in the source when it is needed first; it may be nil.
func NewPcapngEncoder(info func(n int) capture.InterfaceInfo) *PcapngEncoder {
	if info == nil {
		info = func(int) capture.InterfaceInfo { return capture.InterfaceInfo{} }
	}
	return &PcapngEncoder{info: info, numbers: make(map[writtenInterface]uint32)}
}

// trimmedMark ends the comment of a packet that is Trimmed: a file that was cut
// on purpose is not to be taken for one that a snapshot length has spoilt.
var trimmedMark = []byte("; the rest of the body was left out")

// written is the byte order of what is written.
var written = binary.LittleEndian

// Section appends the section header block with which the file begins,
// section 4.1. Application is the program that writes it.
func (e *PcapngEncoder) Section(b []byte, application string) []byte {
	b, start := beginBlock(b, blockSection)
	b = written.AppendUint32(b, orderMagic)
	b = written.AppendUint16(b, 1)
	b = written.AppendUint16(b, 0)
	b = written.AppendUint64(b, math.MaxUint64) // length of the section: not known
	b = appendText(b, shbUserappl, []byte(application))
	b = appendOption(b, optEnd, nil)
	return endBlock(b, start)
}

// Packet appends an enhanced packet block, section 4.3, after the description
// of the interface if that is new. Comment, unless it is empty, is kept with
// the packet; Packet may append to it, since that the packet is Trimmed is said
// behind it. A packet that the format cannot hold, with a link type above
// 65535, is left out: ok is false. A time before 1970 becomes 1970.
func (e *PcapngEncoder) Packet(b []byte, p *capture.Packet, comment []byte) (_ []byte, ok bool) {
	if p.Link > math.MaxUint16 {
		return b, false
	}
	b, id := e.number(b, p)
	b, start := beginBlock(b, blockEnhanced)
	b = written.AppendUint32(b, id)
	b = appendTime(b, p.Time)
	b = written.AppendUint32(b, uint32(len(p.Data)))
	b = written.AppendUint32(b, uint32(max(len(p.Data), p.Length)))
	b = appendPadded(b, p.Data)
	flags := packetFlags(p)
	if flags != 0 {
		b = appendOptionHead(b, epbFlags, 4)
		b = written.AppendUint32(b, flags)
	}
	if p.Trimmed {
		comment = append(comment[:min(len(comment), maxOption-len(trimmedMark))], trimmedMark...)
	}
	b = appendText(b, optComment, comment)
	if flags != 0 || len(comment) > 0 {
		b = appendOption(b, optEnd, nil)
	}
	return endBlock(b, start), true
}

// Statistics appends an interface statistics block, section 4.6, for each
// interface that was described. The file was begun at time from and ends at
// time to.
func (e *PcapngEncoder) Statistics(b []byte, from, to int64, counts func(n int) capture.InterfaceCounts) []byte {
	for id, i := range e.interfaces {
		if i.number == otherInterfaces {
			continue
		}
		c := counts(i.number)
		var start int
		b, start = beginBlock(b, blockStatistics)
		b = written.AppendUint32(b, uint32(id))
		b = appendTime(b, to)
		b = appendOption(b, isbStarttime, appendTime(nil, from))
		b = appendOption(b, isbEndtime, appendTime(nil, to))
		b = appendOption(b, isbIfrecv, written.AppendUint64(nil, uint64(c.Received)))
		b = appendOption(b, isbIfdrop, written.AppendUint64(nil, uint64(c.Dropped)))
		b = appendOption(b, optEnd, nil)
		b = endBlock(b, start)
	}
	return b
}

// Interfaces is how many interfaces were described.
func (e *PcapngEncoder) Interfaces() int { return len(e.interfaces) }

// Forget takes back the descriptions of all interfaces but the first n: they
// did not reach the file.
func (e *PcapngEncoder) Forget(n int) {
	for _, i := range e.interfaces[n:] {
		delete(e.numbers, i)
	}
	e.interfaces = e.interfaces[:n]
}

// number returns the number in the file of the interface of p. It describes an
// interface that is new, section 4.2, with times in nanoseconds.
func (e *PcapngEncoder) number(b []byte, p *capture.Packet) ([]byte, uint32) {
	i := writtenInterface{p.Interface, p.Link}
	id, known := e.numbers[i]
	if !known && len(e.interfaces) >= maxInterfaces {
		i.number = otherInterfaces
		id, known = e.numbers[i]
	}
	if known {
		return b, id
	}
	id = uint32(len(e.interfaces))
	e.numbers[i] = id
	e.interfaces = append(e.interfaces, i)
	var info capture.InterfaceInfo
	if i.number != otherInterfaces {
		info = e.info(i.number)
	}
	b, start := beginBlock(b, blockInterface)
	b = written.AppendUint16(b, uint16(i.link))
	b = written.AppendUint16(b, 0)
	b = written.AppendUint32(b, info.Snaplen)
	b = appendText(b, ifName, []byte(info.Name))
	b = appendOption(b, ifTsresol, []byte{9})
	b = appendOption(b, optEnd, nil)
	return endBlock(b, start), id
}
