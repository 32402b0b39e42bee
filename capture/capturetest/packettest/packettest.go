// Package packettest makes single packets from their bytes, for the tests of
// what reads packets, and finds the captures that are not part of the project.
package packettest

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"ntlmtrace/capture"
)

// Hex reads hexadecimal text, with white space where it helps.
func Hex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// New makes a packet of the bytes b: frame 7, captured whole one second after
// the beginning of 1970.
func New(link capture.LinkType, b []byte) *capture.Packet {
	return &capture.Packet{Stamp: capture.Stamp{Frame: 7, Time: 1e9}, Data: b, Length: len(b), Link: link}
}

// Fragment is one fragment to be made of an IP datagram.
type Fragment struct {
	Offset, Size int
	Last         bool
}

// Part is a fragment that is not the last.
func Part(offset, size int) Fragment { return Fragment{Offset: offset, Size: size} }

// LastPart is the fragment with which a datagram ends.
func LastPart(offset, size int) Fragment { return Fragment{Offset: offset, Size: size, Last: true} }

// IPv4 makes the packet of f, a part of whole, from 10.0.0.1 to 10.0.0.2.
func (f Fragment) IPv4(whole []byte, proto uint8, id uint16) *capture.Packet {
	b := make([]byte, 20, 20+f.Size)
	b[0], b[8], b[9] = 0x45, 64, proto
	binary.BigEndian.PutUint16(b[2:], uint16(20+f.Size))
	binary.BigEndian.PutUint16(b[4:], id)
	binary.BigEndian.PutUint16(b[6:], uint16(f.Offset/8))
	if !f.Last {
		b[6] |= 0x20
	}
	copy(b[12:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	return New(capture.LinkIPv4, append(b, whole[f.Offset:f.Offset+f.Size]...))
}

// IPv6 makes the packet of f, a part of whole, from fd00::1 to fd00::2.
func (f Fragment) IPv6(whole []byte, proto uint8, id uint32) *capture.Packet {
	const fragmentHeader = 44
	b := make([]byte, 48, 48+f.Size)
	b[0], b[6], b[7] = 0x60, fragmentHeader, 64
	binary.BigEndian.PutUint16(b[4:], uint16(8+f.Size))
	b[8], b[23], b[24], b[39] = 0xfd, 1, 0xfd, 2
	b[40] = proto
	binary.BigEndian.PutUint16(b[42:], uint16(f.Offset))
	if !f.Last {
		b[43] |= 1
	}
	binary.BigEndian.PutUint32(b[44:], id)
	return New(capture.LinkIPv6, append(b, whole[f.Offset:f.Offset+f.Size]...))
}
