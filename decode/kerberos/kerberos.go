// Package kerberos decodes what the Kerberos messages of an authentication
// exchange, RFC 4120 sections 5.5 and 5.9, say in clear text. The user is never
// among it, except in an error.
package kerberos

import (
	"strings"
	"time"

	"ntlmtrace/decode/internal/der"
)

// Kind says which message one is.
type Kind uint8

// The kinds of message, by their application tags, RFC 4120 section 5.10.
const (
	APReq Kind = 14
	APRep Kind = 15
	Error Kind = 30
)

// String names the kind as RFC 4120 does.
func (k Kind) String() string {
	switch k {
	case APReq:
		return "AP-REQ"
	case APRep:
		return "AP-REP"
	case Error:
		return "KRB-ERROR"
	}
	return "unknown"
}

// Message is one Kerberos message. What its kind does not have is zero.
type Message struct {
	Kind Kind

	// Of the ticket in an AP-REQ, or of the server in a KRB-ERROR.
	Realm       string
	Service     string // sname, its components joined by "/": "HTTP/web01.corp.example"
	ServiceType int    // name-type of sname, RFC 4120 section 7.5.8

	TicketEType        EType // encryption of the ticket; 0 if absent
	AuthenticatorEType EType // encryption of the authenticator, or of the encrypted part of an AP-REP
	KVNO               int   // version of the service's key, an unsigned number that some write as a negative one; 0 if absent
	MutualRequired     bool  // the client wants an AP-REP
	UseSessionKey      bool  // the ticket is encrypted in a session key: user-to-user

	// Of a KRB-ERROR.
	ErrorCode   int
	ErrorText   string
	NTStatus    uint32    // of KERB-EXT-ERROR in e-data, MS-KILE section 2.2.1; 0 if absent
	ServerTime  time.Time // stime and susec; zero if absent or malformed
	ClientName  string    // cname, its components joined by "/"
	ClientRealm string
}

// tokenIDSize is the length of TOK_ID, which tells what follows in a GSS frame,
// RFC 4121 section 4.1. It repeats the tag of the message.
const tokenIDSize = 2

// parser fills a Message.
type parser struct {
	der.Reader
	m *Message
}

// Parse decodes an AP-REQ, AP-REP or KRB-ERROR, bare or in the frame of a
// GSS-API token, RFC 4121 section 4.1. It is nil if b does not begin one;
// otherwise it holds what was read, also where the error is not nil.
func Parse(b []byte) (*Message, error) {
	p := parser{Reader: der.NewReader("kerberos", b), m: &Message{}}
	rest := p.All()
	e, ok := p.Next(&rest, "token")
	if ok && e.Tag == der.Application(0) {
		rest = e.Span
		mech, found := p.Next(&rest, "thisMech")
		if found && mech.Tag == der.OID && rest.Len() >= tokenIDSize {
			rest.Skip(tokenIDSize)
		}
		e, ok = p.Next(&rest, "innerToken")
	}
	switch {
	case ok && e.Tag == der.Application(int(APReq)):
		p.m.Kind = APReq
		p.fields(e, "AP-REQ", p.apReq)
	case ok && e.Tag == der.Application(int(APRep)):
		p.m.Kind = APRep
		p.fields(e, "AP-REP", p.apRep)
	case ok && e.Tag == der.Application(int(Error)):
		p.m.Kind = Error
		p.fields(e, "KRB-ERROR", p.krbError)
	default:
		p.Fail("token", e.At(), "neither AP-REQ nor AP-REP nor KRB-ERROR")
		return nil, p.Err()
	}
	return p.m, p.Err()
}

// fields returns each field of the SEQUENCE inside e.
func (p *parser) fields(e der.Element, field string, give func(der.Element)) {
	seq, ok := p.Inside(e, der.Sequence, field)
	for ok {
		var f der.Element
		if f, ok = p.Next(&seq.Span, field); ok {
			give(f)
		}
	}
}

func (p *parser) apReq(e der.Element) {
	switch e.Tag {
	case der.Explicit(2):
		p.options(e)
	case der.Explicit(3):
		if ticket, ok := p.Inside(e, der.Application(1), "ticket"); ok {
			p.fields(ticket, "ticket", p.ticket)
		}
	case der.Explicit(4):
		p.m.AuthenticatorEType, _ = p.encrypted(e, "authenticator")
	}
}

func (p *parser) apRep(e der.Element) {
	if e.Tag == der.Explicit(2) {
		p.m.AuthenticatorEType, _ = p.encrypted(e, "enc-part")
	}
}

func (p *parser) ticket(e der.Element) {
	switch e.Tag {
	case der.Explicit(1):
		p.m.Realm = p.text(e, "realm")
	case der.Explicit(2):
		p.m.Service, p.m.ServiceType = p.principal(e, "sname")
	case der.Explicit(3):
		p.m.TicketEType, p.m.KVNO = p.encrypted(e, "ticket")
	}
}

// options reads APOptions, RFC 4120 section 5.5.1: bit 0, the highest, is
// reserved.
func (p *parser) options(e der.Element) {
	inner, ok := p.Inside(e, der.BitString, "ap-options")
	if b := p.Bytes(inner.Span); ok && len(b) >= 2 { // the first byte counts unused bits
		p.m.UseSessionKey = b[1]&0x40 != 0
		p.m.MutualRequired = b[1]&0x20 != 0
	}
}

// encrypted reads the clear part of EncryptedData, RFC 4120 section 5.2.9.
func (p *parser) encrypted(e der.Element, field string) (etype EType, kvno int) {
	p.fields(e, field, func(f der.Element) {
		switch f.Tag {
		case der.Explicit(0):
			v, _ := p.Int(f, der.Integer, "etype")
			etype = EType(v)
		case der.Explicit(1):
			v, _ := p.Int(f, der.Integer, "kvno")
			kvno = int(uint32(v))
		}
	})
	return etype, kvno
}

// principal reads a PrincipalName, RFC 4120 section 5.2.2.
func (p *parser) principal(e der.Element, field string) (name string, nameType int) {
	var text strings.Builder
	p.fields(e, field, func(f der.Element) {
		switch f.Tag {
		case der.Explicit(0):
			v, _ := p.Int(f, der.Integer, "name-type")
			nameType = int(v)
		case der.Explicit(1):
			p.fields(f, field, func(part der.Element) {
				if text.Len() > 0 {
					text.WriteByte('/')
				}
				text.Write(p.Bytes(part.Span))
			})
		}
	})
	return valid(text.String()), nameType
}

// text reads a KerberosString, RFC 4120 section 5.2.1.
func (p *parser) text(e der.Element, field string) string {
	inner, ok := p.Inside(e, der.GeneralString, field)
	if !ok {
		return ""
	}
	return valid(string(p.Bytes(inner.Span)))
}

// valid makes text of octets whose character set nobody states.
func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
