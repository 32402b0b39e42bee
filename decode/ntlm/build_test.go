package ntlm

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf16"
)

// unhex reads hexadecimal with white space and comments after "#".
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	var digits strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		digits.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// Where the triples of an AUTHENTICATE_MESSAGE are.
const (
	lmAt          = 12
	ntAt          = 20
	domainAt      = 28
	userAt        = 36
	workstationAt = 44
	keyAt         = 52
)

// message is a message under construction.
type message struct{ b []byte }

// build begins a message of a type with a header of this size.
func build(t MessageType, header int) *message {
	m := &message{make([]byte, header)}
	copy(m.b, Signature)
	binary.LittleEndian.PutUint32(m.b[8:], uint32(t))
	return m
}

func (m *message) flags(at int, f Flags) *message {
	binary.LittleEndian.PutUint32(m.b[at:], uint32(f))
	return m
}

func (m *message) put(at int, data ...byte) *message {
	copy(m.b[at:], data)
	return m
}

// field appends data and points the triple at to it.
func (m *message) field(at int, data []byte) *message {
	m.triple(at, len(data), uint32(len(m.b)))
	m.b = append(m.b, data...)
	return m
}

// triple writes a Len, MaxLen, BufferOffset triple. MaxLen is wrong on purpose.
func (m *message) triple(at, size int, offset uint32) *message {
	binary.LittleEndian.PutUint16(m.b[at:], uint16(size))
	binary.LittleEndian.PutUint16(m.b[at+2:], 1)
	binary.LittleEndian.PutUint32(m.b[at+4:], offset)
	return m
}

// empty points the triples to nothing, as clients do at the end of the header.
func (m *message) empty(offset uint32, at ...int) *message {
	for _, a := range at {
		m.triple(a, 0, offset)
	}
	return m
}

// pad appends bytes that belong to nothing.
func (m *message) pad(n int) *message {
	m.b = append(m.b, make([]byte, n)...)
	return m
}

// av encodes a list of AV_PAIR with its end.
func av(pairs ...AVPair) []byte {
	var b []byte
	for _, p := range append(pairs, AVPair{}) {
		b = binary.LittleEndian.AppendUint16(b, uint16(p.ID))
		b = binary.LittleEndian.AppendUint16(b, uint16(len(p.Value)))
		b = append(b, p.Value...)
	}
	return b
}

func name(id AVID, s string) AVPair { return AVPair{id, utf16le(s)} }

// stamp is a MsvAvTimestamp of n ticks after 2024-01-01.
func stamp(n uint64) AVPair {
	return AVPair{MsvAvTimestamp, binary.LittleEndian.AppendUint64(nil, 133485408000000000+n)}
}

// v2 encodes an NTLMv2 response with this list.
func v2(list []byte) []byte {
	b := make([]byte, v2Pairs)
	for i := range proofSize {
		b[i] = 0xa0 + byte(i)
	}
	b[16], b[17] = 1, 1
	binary.LittleEndian.PutUint64(b[v2Time:], 133485408000000000)
	copy(b[v2Challenge:], "\xc1\xc2\xc3\xc4\xc5\xc6\xc7\xc8")
	return append(b, list...)
}

// bytesOf returns n bytes that are not zero.
func bytesOf(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i%255) + 1
	}
	return b
}
