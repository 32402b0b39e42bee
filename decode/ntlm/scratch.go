package ntlm

import (
	"bytes"
	"strings"
)

// Scratch holds the buffers into which one message is decoded; the next one
// reuses them. What its methods return is good until then, texts included, and
// consists of parts of the bytes that were passed, which must stay as they are
// for as long. The zero value is ready for use.
type Scratch struct {
	negotiate    Negotiate
	challenge    Challenge
	authenticate Authenticate
	version      Version
	pairs        [usualPairs]AVPair
	text         []byte // of the names of the message, one after the other
}

// usualPairs is how many AV_PAIR a list has at most, unless it is an odd one:
// each of the ten ids once. A longer list gets memory of its own.
const usualPairs = 10

// ParseNegotiate decodes a NEGOTIATE_MESSAGE. It is nil if b does not begin
// one; otherwise it holds what was read, also where the error is not nil.
func ParseNegotiate(b []byte) (*Negotiate, error) {
	return new(Scratch).ParseNegotiate(b) // which holds no part of b
}

// ParseChallenge decodes a CHALLENGE_MESSAGE. It is nil if b does not begin
// one; otherwise it holds what was read, also where the error is not nil.
func ParseChallenge(b []byte) (*Challenge, error) {
	return new(Scratch).ParseChallenge(bytes.Clone(b))
}

// ParseAuthenticate decodes an AUTHENTICATE_MESSAGE. It is nil if b does not
// begin one; otherwise it holds what was read, also where the error is not nil.
// The flags of the CHALLENGE serve where the message has none; 0 if unknown.
func ParseAuthenticate(b []byte, negotiated Flags) (*Authenticate, error) {
	return new(Scratch).ParseAuthenticate(bytes.Clone(b), negotiated)
}

// Clone returns a copy of c that shares no memory with the Scratch that c is
// from.
func (c *Challenge) Clone() *Challenge {
	own := *c
	own.TargetName = strings.Clone(c.TargetName)
	if c.Version != nil {
		version := *c.Version
		own.Version = &version
	}
	if c.TargetInfo != nil {
		own.TargetInfo = make(AVPairs, len(c.TargetInfo))
		for i, p := range c.TargetInfo {
			own.TargetInfo[i] = AVPair{p.ID, bytes.Clone(p.Value)}
		}
	}
	return &own
}
