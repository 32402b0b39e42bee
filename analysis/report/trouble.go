package report

// Trouble is how a logon came to nothing, or what was asked for with it.
type Trouble uint8

// The troubles. A handshake that the client gave up, or whose end was not
// captured, is none: nobody refused anything.
const (
	NoTrouble  Trouble = iota
	Refused            // the credentials were refused
	Unanswered         // a message of the handshake was not answered as the handshake goes on
	ErrorAfter         // the credentials were answered with an error of the server, accepted or not
)

// String returns the word that JSON uses, "" for no trouble.
func (t Trouble) String() string {
	return [...]string{"", "refused", "unanswered", "error_after"}[t]
}

// Troubles counts handshakes by their trouble.
type Troubles struct{ Refused, Unanswered, ErrorAfter int64 }

// Add adds n to the count of a trouble.
func (c *Troubles) Add(t Trouble, n int64) {
	switch t {
	case Refused:
		c.Refused += n
	case Unanswered:
		c.Unanswered += n
	case ErrorAfter:
		c.ErrorAfter += n
	}
}

// Any reports whether there is one.
func (c *Troubles) Any() bool { return *c != Troubles{} }

// add adds what another analysis counted.
func (c *Troubles) add(o *Troubles) {
	c.Refused += o.Refused
	c.Unanswered += o.Unanswered
	c.ErrorAfter += o.ErrorAfter
}

// Ended returns how many handshakes have an outcome.
func (s *Summary) Ended() int64 { return s.Accepted + s.Denied }

// Healthy reports whether nothing is wrong as far as handshakes tell: there is
// one with an outcome, no rule found anything, and none is in trouble. This is
// the one place that decides it.
func (s *Summary) Healthy() bool {
	return s.Ended() > 0 && s.Findings == 0 && !s.Troubles.Any()
}
