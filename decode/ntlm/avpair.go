package ntlm

import (
	"encoding/binary"
	"fmt"
	"time"
)

// AVPair is one AV_PAIR, MS-NLMP section 2.2.2.1.
type AVPair struct {
	ID    AVID
	Value []byte
}

// AVPairs is a list of AV_PAIR in the order of the wire, without MsvAvEOL.
// Where an id is there twice, its first pair counts.
type AVPairs []AVPair

// AVID is the AvId of an AV_PAIR, MS-NLMP section 2.2.2.1.
type AVID uint16

// The ids of AV_PAIR.
const (
	MsvAvEOL             AVID = 0
	MsvAvNbComputerName  AVID = 1
	MsvAvNbDomainName    AVID = 2
	MsvAvDnsComputerName AVID = 3
	MsvAvDnsDomainName   AVID = 4
	MsvAvDnsTreeName     AVID = 5
	MsvAvFlags           AVID = 6
	MsvAvTimestamp       AVID = 7
	MsvAvSingleHost      AVID = 8
	MsvAvTargetName      AVID = 9
	MsvAvChannelBindings AVID = 10
)

// The bits of the value of MsvAvFlags.
const (
	AvFlagConstrained  uint32 = 0x1 // the account's authentication is constrained
	AvFlagMIC          uint32 = 0x2 // the client promises a MIC
	AvFlagUntrustedSPN uint32 = 0x4 // the client took the target name from an untrusted source
)

var avNames = [...]string{
	"MsvAvEOL", "MsvAvNbComputerName", "MsvAvNbDomainName", "MsvAvDnsComputerName",
	"MsvAvDnsDomainName", "MsvAvDnsTreeName", "MsvAvFlags", "MsvAvTimestamp",
	"MsvAvSingleHost", "MsvAvTargetName", "MsvAvChannelBindings",
}

// String returns the name of the id as MS-NLMP writes it.
func (id AVID) String() string {
	if int(id) < len(avNames) {
		return avNames[id]
	}
	return fmt.Sprintf("AvId %d", uint16(id))
}

// Find returns the value of the first pair with this id. It is part of the
// list.
func (p AVPairs) Find(id AVID) ([]byte, bool) {
	for i := range p {
		if p[i].ID == id {
			return p[i].Value, true
		}
	}
	return nil, false
}

// Text returns the value of id as text, without the NUL characters that some
// servers end it with; "" if the list has no such pair. It is UTF-16LE whatever
// was negotiated.
func (p AVPairs) Text(id AVID) string {
	var short [usualText]byte
	return string(p.AppendText(short[:0], id))
}

// AppendText appends what Text gives to dst.
func (p AVPairs) AppendText(dst []byte, id AVID) []byte {
	v, _ := p.Find(id)
	return appendUTF16(dst, trimNUL(v))
}

// trimNUL cuts NUL characters off the end of UTF-16 text. Samba writes a lone
// NUL for an empty name, which Windows repeats as nothing: the two are the
// same.
func trimNUL(b []byte) []byte {
	for n := len(b); n >= 2 && n%2 == 0 && b[n-2] == 0 && b[n-1] == 0; n = len(b) {
		b = b[:n-2]
	}
	return b
}

// TargetName returns the service principal name that the client meant,
// MsvAvTargetName; "" if it named none.
func (p AVPairs) TargetName() string { return p.Text(MsvAvTargetName) }

// Flags returns the value of MsvAvFlags.
func (p AVPairs) Flags() (uint32, bool) {
	v, _ := p.Find(MsvAvFlags)
	if len(v) != 4 {
		return 0, false
	}
	return binary.LittleEndian.Uint32(v), true
}

// Timestamp returns the server's clock, MsvAvTimestamp. It is false if the list
// has none or its value is not a plausible FILETIME.
func (p AVPairs) Timestamp() (time.Time, bool) {
	v, _ := p.Find(MsvAvTimestamp)
	if len(v) != 8 {
		return time.Time{}, false
	}
	t := fileTime(v)
	return t, !t.IsZero()
}

// ChannelBindings returns the MD5 hash of MsvAvChannelBindings. 16 zero bytes
// say that the client knows of channel bindings and had none.
func (p AVPairs) ChannelBindings() (hash [16]byte, ok bool) {
	v, _ := p.Find(MsvAvChannelBindings)
	if len(v) != len(hash) {
		return hash, false
	}
	return [16]byte(v), true
}

// ChannelClaim is what an AUTHENTICATE says of the TLS channel that it is sent
// over.
type ChannelClaim uint8

// The claims.
const (
	NoClaim    ChannelClaim = iota // no MsvAvChannelBindings
	ZeroClaim                      // 16 zero bytes: no TLS channel
	BoundClaim                     // the hash of one
)

// ChannelClaim returns what the list says of the TLS channel.
func (p AVPairs) ChannelClaim() ChannelClaim {
	hash, ok := p.ChannelBindings()
	switch {
	case !ok:
		return NoClaim
	case hash == [16]byte{}:
		return ZeroClaim
	}
	return BoundClaim
}

// MachineID returns the MachineID of Single_Host_Data, MS-NLMP section 2.2.2.2.
// A machine makes it when it starts: the same value is the same machine.
func (p AVPairs) MachineID() (id [32]byte, ok bool) {
	const offset = 16
	v, _ := p.Find(MsvAvSingleHost)
	if len(v) < offset+len(id) {
		return id, false
	}
	return [32]byte(v[offset:]), true
}

// epochTicks is 1970-01-01 as a FILETIME: 100 ns since 1601-01-01 UTC, MS-DTYP
// section 2.3.3.
const epochTicks = 116444736000000000

// maxTicks is the longest time after 1970 that nanoseconds in an int64 can
// hold.
const maxTicks = (1<<63 - 1) / 100

// fileTime decodes the FILETIME in the first 8 bytes of b. What lies before
// 1970 or after 2261 is no clock but something else, and returns the zero time.
func fileTime(b []byte) time.Time {
	ticks := binary.LittleEndian.Uint64(b)
	if ticks < epochTicks || ticks-epochTicks > maxTicks {
		return time.Time{}
	}
	return time.Unix(0, int64(ticks-epochTicks)*100).UTC()
}

// maxAVPairs bounds a list: eleven ids exist, and a pair costs more memory than
// the four bytes that can claim one.
const maxAVPairs = 64

// avPairs reads the list in b, which begins at byte base of the message. It
// ends at MsvAvEOL; that this is missing is no error. The values are parts of
// b.
func (d *decoder) avPairs(b []byte, base int, field string) AVPairs {
	if len(b) == 0 {
		return nil
	}
	pairs := AVPairs(d.scratch.pairs[:0])
	for off := 0; off < len(b); {
		if len(b)-off < 4 {
			d.fail("%s at byte %d: %d bytes are no AV_PAIR", field, base+off, len(b)-off)
			break
		}
		id := AVID(binary.LittleEndian.Uint16(b[off:]))
		size := int(binary.LittleEndian.Uint16(b[off+2:]))
		if id == MsvAvEOL {
			break
		}
		if size > len(b)-off-4 {
			d.fail("%s at byte %d: %s of %d bytes does not fit in the %d left", field, base+off, id, size, len(b)-off-4)
			break
		}
		if len(pairs) == maxAVPairs {
			d.fail("%s at byte %d: more than %d AV_PAIR", field, base+off, maxAVPairs)
			break
		}
		off += 4 + size
		pairs = append(pairs, AVPair{ID: id, Value: b[off-size : off : off]})
	}
	return pairs
}
