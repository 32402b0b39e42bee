// Package ntlm decodes the messages of MS-NLMP, NEGOTIATE, CHALLENGE and
// AUTHENTICATE, from bytes that nobody vouches for. It knows no carrier and no
// base64.
//
//   - A parser reads what there is to read and returns it together with an
//     error that names each field that was damaged.
//   - Where the header ends is told by the lowest payload offset in use, never
//     by a flag: flags and layout contradict each other in real traffic.
//   - What a message holds is a copy; the bytes given may be used again. Only
//     those who decode into a Scratch get parts of the bytes.
package ntlm

import (
	"bytes"
	"encoding/binary"
	"time"
)

// Negotiate is the NEGOTIATE_MESSAGE, MS-NLMP section 2.2.1.1.
type Negotiate struct {
	Flags       Flags
	Domain      string   // of the client machine; only if Flags has OEMDomainSupplied
	Workstation string   // only if Flags has OEMWorkstationSupplied
	Version     *Version // nil if the message has none
}

// Challenge is the CHALLENGE_MESSAGE, MS-NLMP section 2.2.1.2.
type Challenge struct {
	Flags           Flags
	TargetName      string
	ServerChallenge [8]byte
	TargetInfo      AVPairs // nil if the message has none
	Version         *Version
}

// Authenticate is the AUTHENTICATE_MESSAGE, MS-NLMP section 2.2.1.3.
type Authenticate struct {
	Flags       Flags // those of the CHALLENGE if HasFlags is false
	HasFlags    bool  // false in the oldest layout, which ends before them
	Domain      string
	User        string
	Workstation string
	LMResponse  Secret
	NTResponse  Secret
	SessionKey  bool // an EncryptedRandomSessionKey is present; it counts only with NegotiateKeyExch
	Version     *Version
	HasMIC      bool // the layout has room for a MIC
	MICZero     bool // it has, and the 16 bytes are zero

	// OEMNames is true if the flags promise names in UTF-16, and they are
	// single bytes: a broken client.
	OEMNames bool

	// Incomplete is true if a field was cut off or points outside of the
	// message: a field that is empty here may have had a value.
	Incomplete bool

	// The parts of an NTLMv2 response, MS-NLMP section 2.2.2.8; zero for
	// others. The slices are parts of NTResponse.
	NTProofStr      Secret    // 16 bytes
	ClientChallenge Secret    // 8 bytes
	Time            time.Time // TimeStamp; zero if it is not a plausible FILETIME
	TargetInfo      AVPairs
}

// MessageType is the second field of every message, MS-NLMP section 2.2.1.
type MessageType uint32

// The message types.
const (
	NegotiateMessage    MessageType = 1
	ChallengeMessage    MessageType = 2
	AuthenticateMessage MessageType = 3
)

// String returns the name of the type as MS-NLMP writes it.
func (t MessageType) String() string {
	switch t {
	case NegotiateMessage:
		return "NEGOTIATE"
	case ChallengeMessage:
		return "CHALLENGE"
	case AuthenticateMessage:
		return "AUTHENTICATE"
	}
	return "unknown"
}

// Signature is what every message begins with, MS-NLMP section 2.2.1.
const Signature = "NTLMSSP\x00"

// headSize is the length of Signature and MessageType.
const headSize = len(Signature) + 4

// Kind tells the type of the message in b. It is false if b does not begin with
// the signature and one of the three types.
func Kind(b []byte) (MessageType, bool) {
	if len(b) < headSize || !bytes.HasPrefix(b, []byte(Signature)) {
		return 0, false
	}
	t := MessageType(binary.LittleEndian.Uint32(b[len(Signature):]))
	return t, t >= NegotiateMessage && t <= AuthenticateMessage
}
