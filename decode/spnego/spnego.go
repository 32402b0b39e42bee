// Package spnego decodes the tokens of RFC 4178, with the extensions of
// MS-SPNG, from bytes that nobody vouches for. It does not look into the
// mechanism's own token.
package spnego

import (
	"bytes"
	"strings"

	"ntlmtrace/decode/internal/der"
)

// Kind says which of the negotiation tokens one is.
type Kind uint8

// The kinds of token.
const (
	Init  Kind = iota // NegTokenInit, RFC 4178 section 4.2.1
	Init2             // NegTokenInit2: the server speaks first, MS-SPNG section 2.2.1
	Resp              // NegTokenResp, RFC 4178 section 4.2.2
)

// String names the kind as RFC 4178 and MS-SPNG do.
func (k Kind) String() string {
	switch k {
	case Init:
		return "NegTokenInit"
	case Init2:
		return "NegTokenInit2"
	}
	return "NegTokenResp"
}

// NegState is the state of a negotiation, RFC 4178 section 4.2.2.
type NegState uint8

// The states of a negotiation.
const (
	AcceptCompleted  NegState = 0
	AcceptIncomplete NegState = 1
	Reject           NegState = 2
	RequestMIC       NegState = 3
)

// String names the state as RFC 4178 does.
func (s NegState) String() string {
	names := [...]string{"accept-completed", "accept-incomplete", "reject", "request-mic"}
	if int(s) < len(names) {
		return names[s]
	}
	return "unknown"
}

// Token is one negotiation token. What an Init or a Resp alone has is zero in
// the other.
type Token struct {
	Kind   Kind
	Framed bool // in the frame of an initial GSS-API token, RFC 2743 section 3.1

	MechTypes []OID  // Init: the mechanisms, the preferred one first
	MechToken []byte // Init: the token of the first mechanism; part of the bytes that were parsed
	ReqFlags  uint8  // Init: ContextFlags, delegFlag being 0x80; receivers ignore them
	HintName  string // Init2: the server's principal, as a rule a fixed text to be ignored

	NegState      *NegState // Resp: nil if absent, as in most last tokens of clients
	SupportedMech OID       // Resp: the chosen mechanism; "" if absent, as in all but the first answer
	ResponseToken []byte    // Resp: the mechanism's answer; part of the bytes that were parsed

	HasMechListMIC bool
}

// maxMechTypes bounds the list of mechanisms.
const maxMechTypes = 32

// Mechanism returns the mechanism in the frame of an initial GSS-API token, RFC
// 2743 section 3.1. It is false if b has no such frame.
func Mechanism(b []byte) (OID, bool) {
	if len(b) == 0 || b[0] != der.Application(0) {
		return "", false
	}
	r := der.NewReader("spnego", b)
	all := r.All()
	frame, _ := r.Next(&all, "token")
	mech, ok := r.Next(&frame.Span, "thisMech")
	if !ok || mech.Tag != der.OID {
		return "", false
	}
	return oid(r.Bytes(mech.Span)), true
}

// IsNegoEx reports whether a mechanism's token is one of NEGOEX, MS-NEGOEX
// section 2.2.6.2. It hides which mechanism it is for.
func IsNegoEx(b []byte) bool { return bytes.HasPrefix(b, []byte("NEGOEXTS")) }

// Scratch holds the buffers into which one token is decoded; the next one
// reuses them. The zero value is ready for use.
type Scratch struct {
	token    Token
	mechs    [usualMechTypes]OID
	negState NegState
}

// usualMechTypes is how many mechanisms a list has at most as a rule: Windows
// offers four. A longer list gets memory of its own.
const usualMechTypes = 6

// parser fills the Token of a Scratch.
type parser struct {
	der.Reader
	scratch *Scratch
	t       *Token
}

// Parse decodes a negotiation token. It is nil if b does not begin one;
// otherwise it holds what was read, also where the error is not nil.
func Parse(b []byte) (*Token, error) { return new(Scratch).Parse(b) }

// Parse is the function of that name with memory that is used again.
func (r *Scratch) Parse(b []byte) (*Token, error) {
	r.token = Token{}
	p := parser{Reader: der.NewReader("spnego", b), scratch: r, t: &r.token}
	rest := p.All()
	e, ok := p.Next(&rest, "token")
	if ok && e.Tag == der.Application(0) {
		rest = e.Span
		mech, found := p.Next(&rest, "thisMech")
		if !found || mech.Tag != der.OID || oid(p.Bytes(mech.Span)) != SPNEGO {
			p.Fail("thisMech", e.At(), "not SPNEGO")
			return nil, p.Err()
		}
		p.t.Framed = true
		e, ok = p.Next(&rest, "NegotiationToken")
	}
	switch {
	case ok && e.Tag == der.Explicit(0):
		p.init(e)
	case ok && e.Tag == der.Explicit(1):
		p.resp(e)
	default:
		p.Fail("NegotiationToken", e.At(), "neither NegTokenInit nor NegTokenResp")
		return nil, p.Err()
	}
	return p.t, p.Err()
}

// init reads a NegTokenInit or NegTokenInit2. Nothing but the type of [3] tells
// them apart; some senders put the MIC of the former in [4].
func (p *parser) init(e der.Element) {
	seq, ok := p.Inside(e, der.Sequence, "NegTokenInit")
	for ok {
		if e, ok = p.Next(&seq.Span, "NegTokenInit"); !ok {
			break
		}
		switch e.Tag {
		case der.Explicit(0):
			p.mechTypes(e)
		case der.Explicit(1):
			p.reqFlags(e)
		case der.Explicit(2):
			p.t.MechToken = p.octets(e, "mechToken")
		case der.Explicit(3):
			p.hintsOrMIC(e)
		case der.Explicit(4):
			p.t.HasMechListMIC = true
		}
	}
}

// resp reads a NegTokenResp.
func (p *parser) resp(e der.Element) {
	p.t.Kind = Resp
	seq, ok := p.Inside(e, der.Sequence, "NegTokenResp")
	for ok {
		if e, ok = p.Next(&seq.Span, "NegTokenResp"); !ok {
			break
		}
		switch e.Tag {
		case der.Explicit(0):
			p.negState(e)
		case der.Explicit(1):
			if mech, found := p.Inside(e, der.OID, "supportedMech"); found {
				p.t.SupportedMech = oid(p.Bytes(mech.Span))
			}
		case der.Explicit(2):
			p.t.ResponseToken = p.octets(e, "responseToken")
		case der.Explicit(3), der.Explicit(4):
			p.t.HasMechListMIC = true
		}
	}
}

func (p *parser) octets(e der.Element, field string) []byte {
	inner, ok := p.Inside(e, der.OctetString, field)
	if !ok {
		return nil
	}
	return p.Bytes(inner.Span)
}

func (p *parser) mechTypes(e der.Element) {
	seq, ok := p.Inside(e, der.Sequence, "mechTypes")
	list := p.scratch.mechs[:0]
	for ok {
		if e, ok = p.Next(&seq.Span, "mechTypes"); !ok {
			break
		}
		if e.Tag != der.OID {
			p.Fail("mechTypes", e.At(), "tag %02x is no OBJECT IDENTIFIER", e.Tag)
			continue
		}
		if len(list) == maxMechTypes {
			p.Fail("mechTypes", e.At(), "more than %d mechanisms", maxMechTypes)
			break
		}
		list = append(list, oid(p.Bytes(e.Span)))
	}
	p.t.MechTypes = nil
	if len(list) > 0 {
		p.t.MechTypes = list
	}
}

func (p *parser) reqFlags(e der.Element) {
	inner, ok := p.Inside(e, der.BitString, "reqFlags")
	if b := p.Bytes(inner.Span); ok && len(b) >= 2 { // the first byte counts unused bits
		p.t.ReqFlags = b[1]
	}
}

func (p *parser) negState(e der.Element) {
	v, ok := p.Int(e, der.Enumerated, "negState")
	if !ok {
		return
	}
	if v < 0 || v > int64(RequestMIC) {
		p.Fail("negState", e.At(), "%d is no state", v)
		return
	}
	p.scratch.negState = NegState(v)
	p.t.NegState = &p.scratch.negState
}

func (p *parser) hintsOrMIC(e der.Element) {
	inner, ok := p.Next(&e.Span, "mechListMIC")
	if !ok || inner.Tag != der.Sequence {
		p.t.HasMechListMIC = ok
		return
	}
	p.t.Kind = Init2
	for ok {
		var hint der.Element
		if hint, ok = p.Next(&inner.Span, "negHints"); !ok || hint.Tag != der.Explicit(0) {
			continue
		}
		if name, found := p.Inside(hint, der.GeneralString, "hintName"); found {
			p.t.HintName = strings.ToValidUTF8(string(p.Bytes(name.Span)), "\uFFFD")
		}
	}
}
