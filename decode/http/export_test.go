package http

import (
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
	"ntlmtrace/decode/ntlm"
)

// Internals for the tests in package http_test, which play whole conversations
// to a Decoder.
const (
	MaxAuthItems = maxAuthItems
	MaxScheme    = maxScheme
	MaxUnseen    = maxUnseen
)

type (
	Scratch = scratch
	NameSet = nameSet
)

var (
	Field      = field
	TrimBlanks = trimBlanks
)

func (s *scratch) ReadCredentials(list []auth.Credentials, value []byte, proxy bool, negotiated ntlm.Flags) ([]auth.Credentials, []string) {
	return s.readCredentials(list, value, proxy, negotiated)
}

func (s *scratch) ListCredentials(list []auth.Credentials, value []byte, proxy bool, negotiated ntlm.Flags) ([]auth.Credentials, []string) {
	return s.listCredentials(list, value, proxy, negotiated)
}

func (s *scratch) ReadChallenges(list []auth.Challenge, value []byte, proxy bool) ([]auth.Challenge, []string) {
	return s.readChallenges(list, value, proxy)
}

func (s *scratch) ListChallenges(list []auth.Challenge, value []byte, proxy bool) ([]auth.Challenge, []string) {
	return s.listChallenges(list, value, proxy)
}

// RequestHead returns the head of the request of x as sent.
func RequestHead(x *auth.Exchange) []byte { return x.Marks.(*request).text }

// ResponseHead returns the head of the response of x as sent, during
// Sink.Exchange.
func ResponseHead(x *auth.Exchange) []byte { return x.Marks.(*request).answer }

// Opened returns a Carrier, and where the reader that a Decoder opens of it
// will be.
func Opened() (*carrier.Carrier, *Reader) {
	c, r := *Carrier, new(Reader)
	c.Open = func(env *carrier.Env) carrier.Conversations {
		r.f = open(env).(*conversations)
		return r.f
	}
	return &c, r
}

// Reader shows the state of a reader of conversations.
type Reader struct{ f *conversations }

// Waiting returns how many requests wait on the first connection.
func (r *Reader) WaitingOfFirst() int { return int(r.f.active.At(1).waiting) }

// Used returns how many states of active and idle connections were used at
// once, and how many requests are free.
func (r *Reader) Used() (active, idle, requests int) {
	return int(r.f.active.Used()), int(r.f.idle.Used()), r.f.queued.Len()
}

// Free returns how many of the states of Used are free.
func (r *Reader) Free() (active, idle int) { return r.f.active.Free(), r.f.idle.Free() }
