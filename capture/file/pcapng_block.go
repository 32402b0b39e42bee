package file

import (
	"math"

	"ntlmtrace/capture"
)

// packetFlags returns the word that setFlags reads.
func packetFlags(p *capture.Packet) (flags uint32) {
	switch p.Direction {
	case capture.Inbound:
		flags = 1
	case capture.Outbound, capture.Looped:
		flags = 2
	case capture.Passing:
		flags = 1 | receivedPromiscuous<<2
	}
	// The word tells of the packet on the wire, FCS of what the capture kept.
	if fcs := p.FCS + max(0, p.Length-len(p.Data)); p.FCS > 0 && fcs <= 15 {
		flags |= uint32(fcs) << 5
	}
	return flags
}

// beginBlock appends the head of a block, section 3.1, whose length endBlock
// fills in. It gives where the block begins.
func beginBlock(b []byte, kind uint32) ([]byte, int) {
	start := len(b)
	b = written.AppendUint32(b, kind)
	return written.AppendUint32(b, 0), start
}

// endBlock ends the block that begins at start.
func endBlock(b []byte, start int) []byte {
	size := uint32(len(b) - start + 4)
	written.PutUint32(b[start+4:], size)
	return written.AppendUint32(b, size)
}

// appendPadded appends data up to the next 32 bits.
func appendPadded(b, data []byte) []byte {
	b = append(b, data...)
	var zeros [3]byte
	return append(b, zeros[:padded(len(data))-len(data)]...)
}

// appendOption appends an option, section 3.5.
func appendOption(b []byte, code uint16, value []byte) []byte {
	return appendPadded(appendOptionHead(b, code, len(value)), value)
}

// appendOptionHead appends what is before the value of an option of n bytes.
func appendOptionHead(b []byte, code uint16, n int) []byte {
	b = written.AppendUint16(b, code)
	return written.AppendUint16(b, uint16(n))
}

// appendText appends an option that holds a text, unless that is empty.
func appendText(b []byte, code uint16, text []byte) []byte {
	if len(text) == 0 {
		return b
	}
	return appendOption(b, code, text[:min(len(text), maxOption)])
}

// appendTime appends nanoseconds since 1970 as two words, the high one first.
func appendTime(b []byte, ns int64) []byte {
	t := uint64(max(0, ns))
	b = written.AppendUint32(b, uint32(t>>32))
	return written.AppendUint32(b, uint32(t))
}

// WholeBlocks says what of b, blocks of a PcapngEncoder of which the end may be
// missing, is whole: how many bytes, packets and descriptions of interfaces.
func WholeBlocks(b []byte) (size, packets, interfaces int) {
	for len(b)-size >= blockFrame {
		n := written.Uint32(b[size+4:])
		if n > math.MaxInt32 || n < blockFrame || int(n) > len(b)-size {
			break
		}
		switch written.Uint32(b[size:]) {
		case blockEnhanced:
			packets++
		case blockInterface:
			interfaces++
		}
		size += int(n)
	}
	return size, packets, interfaces
}
