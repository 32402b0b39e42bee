// Package ntlmtest is both ends of an NTLM logon: clients that answer a
// challenge with the password that they have, as Windows, curl and go-ntlmssp
// do, and a server that works out whether the answer is right. It also makes
// the SPNEGO and Kerberos tokens that travel in the same places.
//
// It is for tests. Nothing in it is random: where a protocol asks for a nonce,
// a hash of what is around it serves.
package ntlmtest

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf16"
)

// Negotiate flags, MS-NLMP section 2.2.2.5.
const (
	flagUnicode       = 0x00000001
	flagOEM           = 0x00000002
	flagRequestTarget = 0x00000004
	flagSign          = 0x00000010
	flagSeal          = 0x00000020
	flagNTLM          = 0x00000200
	flagAnonymous     = 0x00000800
	flagLocalCall     = 0x00004000 // reserved in MS-NLMP; Windows: both ends are one machine
	flagAlwaysSign    = 0x00008000
	flagTargetDomain  = 0x00010000
	flagESS           = 0x00080000
	flagTargetInfo    = 0x00800000
	flagVersion       = 0x02000000
	flag128           = 0x20000000
	flagKeyExchange   = 0x40000000
	flag56            = 0x80000000
)

// AV_PAIR identifiers, MS-NLMP section 2.2.2.1.
const (
	avEOL = iota
	avComputer
	avDomain
	avDNSComputer
	avDNSDomain
	avDNSTree
	avFlags
	avTimestamp
	avSingleHost
	avTargetName
	avChannelBindings
)

const micProvided = 0x2 // in MsvAvFlags

// Message types, MS-NLMP section 2.2.
const (
	typeNegotiate    = 1
	typeChallenge    = 2
	typeAuthenticate = 3
)

const signature = "NTLMSSP\x00"

// micOffset is where the MIC begins in an AUTHENTICATE_MESSAGE that has one,
// and micEnd where its payload does, MS-NLMP section 2.2.1.3.
const (
	micOffset = 72
	micEnd    = 88
)

var le = binary.LittleEndian

// message is an NTLM message under construction: a header of fixed size and
// the payload after it.
type message []byte

func newMessage(kind uint32, header int) message {
	m := append(message(signature), make([]byte, header-len(signature))...)
	le.PutUint32(m[8:], kind)
	return m
}

// put appends a payload and writes the Len, MaxLen, BufferOffset triple at off.
func (m message) put(off int, payload []byte) message {
	le.PutUint16(m[off:], uint16(len(payload)))
	le.PutUint16(m[off+2:], uint16(len(payload)))
	le.PutUint32(m[off+4:], uint32(len(m)))
	return append(m, payload...)
}

// field gives the payload that the triple at off points to, nil if it does not
// fit.
func (m message) field(off int) []byte {
	if len(m) < off+8 {
		return nil
	}
	n, at := int(le.Uint16(m[off:])), int(le.Uint32(m[off+4:]))
	if at > len(m) || n > len(m)-at {
		return nil
	}
	return m[at : at+n]
}

func (m message) flags(off int) uint32 {
	if len(m) < off+4 {
		return 0
	}
	return le.Uint32(m[off:])
}

// is reports whether m is a message of that type with at least n bytes.
func (m message) is(kind uint32, n int) bool {
	return len(m) >= n && string(m[:8]) == signature && le.Uint32(m[8:]) == kind
}

// pairs is an AV_PAIR list without MsvAvEOL.
type pairs []pair

type pair struct {
	id    uint16
	value []byte
}

func (p pairs) bytes() []byte {
	var b []byte
	for _, a := range append(p[:len(p):len(p)], pair{id: avEOL}) {
		b = le.AppendUint16(b, a.id)
		b = le.AppendUint16(b, uint16(len(a.value)))
		b = append(b, a.value...)
	}
	return b
}

func parsePairs(b []byte) pairs {
	var p pairs
	for len(b) >= 4 && le.Uint16(b) != avEOL {
		n := int(le.Uint16(b[2:]))
		if n > len(b)-4 {
			break
		}
		p = append(p, pair{le.Uint16(b), b[4 : 4+n]})
		b = b[4+n:]
	}
	return p
}

func (p pairs) value(id uint16) []byte {
	for _, a := range p {
		if a.id == id {
			return a.value
		}
	}
	return nil
}

// text encodes s in the character set that the flags negotiated.
func text(s string, flags uint32) []byte {
	if flags&flagUnicode == 0 {
		return []byte(s)
	}
	return utf16le(s)
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = le.AppendUint16(b, u)
	}
	return b
}

func untext(b []byte, flags uint32) string {
	if flags&flagUnicode == 0 {
		return string(b)
	}
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = le.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}

// filetime is the FILETIME of MS-DTYP section 2.3.3.
func filetime(t time.Time) []byte {
	const since1601 = 116444736000000000
	return le.AppendUint64(nil, uint64(t.UnixNano()/100)+since1601)
}

// version is the VERSION of MS-NLMP section 2.2.2.10.
func version(major, minor uint8, build uint16) []byte {
	return []byte{major, minor, byte(build), byte(build >> 8), 0, 0, 0, 15}
}

// nonce makes n bytes, at most 32, that look random and depend on its parts
// alone.
func nonce(n int, parts ...string) []byte {
	h := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return h[:n]
}
