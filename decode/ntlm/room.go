package ntlm

import (
	"bytes"
	"strings"
)

// Room is memory that one message after the other is decoded into, for those who
// read many. What it gives is good until it decodes the next one, texts included,
// and holds parts of the bytes that were given: they must stay as they are for as
// long. Its zero value is ready for use.
type Room struct {
	negotiate    Negotiate
	challenge    Challenge
	authenticate Authenticate
	version      Version
	pairs        [usualPairs]AVPair
	text         []byte // of the names of the message, one after the other
}

// usualPairs is how many AV_PAIR a list has at most, unless it is an odd one: each
// of the ten ids once. A longer list gets memory of its own.
const usualPairs = 10

// ParseNegotiate decodes a NEGOTIATE_MESSAGE. It is nil if b does not begin one;
// otherwise it holds what was read, also where the error is not nil.
func ParseNegotiate(b []byte) (*Negotiate, error) {
	return new(Room).ParseNegotiate(b) // which holds no part of b
}

// ParseChallenge decodes a CHALLENGE_MESSAGE. It is nil if b does not begin one;
// otherwise it holds what was read, also where the error is not nil.
func ParseChallenge(b []byte) (*Challenge, error) {
	return new(Room).ParseChallenge(bytes.Clone(b))
}

// ParseAuthenticate decodes an AUTHENTICATE_MESSAGE. It is nil if b does not
// begin one; otherwise it holds what was read, also where the error is not nil.
// The flags of the CHALLENGE serve where the message has none; 0 if unknown.
func ParseAuthenticate(b []byte, negotiated Flags) (*Authenticate, error) {
	return new(Room).ParseAuthenticate(bytes.Clone(b), negotiated)
}

// Clone gives a copy of c that shares no memory with the Room that c is from.
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
