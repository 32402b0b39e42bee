package auth

import (
	"ntlmtrace/capture"
	"ntlmtrace/decode/token"
)

// Message is the request or the response of an exchange. In its zero value it
// was not captured.
type Message struct {
	First capture.Stamp // where it begins
	Stamp capture.Stamp // where all that was read of it is there (HTTP: its head); not Seen if it was not captured

	Credentials []Credentials // of a request
	Challenges  []Challenge   // of a response: offers, CHALLENGE messages and other tokens
	Body        Body          // of a request

	// Key is the keyed hash of what a proxy passes on unchanged of a response
	// (HTTP: status, ETag, Location, Content-Length). It is 0 if not all of the
	// message was captured, and where nobody compares it: for an exchange whose
	// request has no credentials.
	Key uint64
}

// Captured reports whether the message was.
func (m *Message) Captured() bool { return m.Stamp.Seen() }

// number numbers a message that is in no frame.
func (m *Message) number(n int64) {
	if !m.Captured() {
		m.First.Frame, m.Stamp.Frame = n, n
	}
}

// Body is what the head of a request says of its body.
type Body struct {
	Length   int64 // bytes; -1 if the request does not say
	Withheld bool  // it is empty although the method asks for one: the client waits for a challenge
	Awaits   bool  // the client waits to be asked for it (Expect: 100-continue)
}

// Credentials is what a request presents to log on: one message of a handshake,
// or all of it.
type Credentials struct {
	Session Session
	Scheme  string       // canonical case: NTLM, Negotiate, Basic, Digest, Bearer; others as on the wire
	Token   *token.Token // NTLM, Negotiate
	Basic   *token.Basic
	User    string // where neither has it (Digest: username)
}

// Challenge is a scheme that a response offers or, with a token, the next
// message of a handshake.
type Challenge struct {
	Session Session
	Scheme  string
	Realm   string
	Token   *token.Token // nil for a bare offer
}
