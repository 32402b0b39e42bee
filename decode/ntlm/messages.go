// Package ntlm decodes the messages of MS-NLMP, NEGOTIATE, CHALLENGE and
// AUTHENTICATE, from bytes that nobody vouches for. It knows no carrier and no
// base64.
package ntlm

import "time"

// Negotiate is the NEGOTIATE_MESSAGE, MS-NLMP section 2.2.1.1.
type Negotiate struct {
	Flags       Flags
	Domain      string // of the client machine; only if Flags has OEMDomainSupplied
	Workstation string
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
	Flags       Flags
	HasFlags    bool // false in the oldest layout, which ends before them
	Domain      string
	User        string
	Workstation string
	LMResponse  Secret
	NTResponse  Secret
	SessionKey  bool // an EncryptedRandomSessionKey is present
	Version     *Version
	HasMIC      bool // the layout has room for a MIC
	MICZero     bool // it has, and the 16 bytes are zero

	// The parts of an NTLMv2 response, MS-NLMP section 2.2.2.8; zero for others.
	NTProofStr      Secret  // 16 bytes
	ClientChallenge Secret  // 8 bytes
	Time            time.Time // TimeStamp; zero if it is not a plausible FILETIME
	TargetInfo      AVPairs
}

// AVPair is one AV_PAIR, MS-NLMP section 2.2.2.1. Value is a copy.
type AVPair struct {
	ID    AVID
	Value []byte
}

// AVPairs is a list of AV_PAIR in the order of the wire, without MsvAvEOL.
type AVPairs []AVPair
