// Package decodetest plays conversations to a Decoder.
package decodetest

import (
	"fmt"
	"regexp"
	"strings"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
	"ntlmtrace/decode/token"
)

// Talk plays a conversation to a Decoder, of which it is the sink. Direction 0
// is the client's.
type Talk struct {
	D      *decode.Decoder
	C      tcp.Conn
	frame  int64
	advice [2]tcp.Advice
	skip   [2]int64 // bytes of a direction that its last advice passed over
	lost   [2]int64
	Events []string         // the calls of the sink
	All    []*auth.Exchange // the exchanges that are over
	Ends   []string         // the calls of Complete
	Conns  []*auth.Conn     // the connections that were closed, if not Loose
	Loose  bool             // exchanges are not kept: the decoder uses them again
	Says   auth.Interest    // what the sink answers
}

// New returns a Talk to a Decoder of its own, for the carriers or for all.
func New(carriers ...*carrier.Carrier) *Talk {
	t := &Talk{}
	t.D = decode.NewDecoder(0, t, decode.Limits{}, carriers...)
	return t
}

// Request implements auth.Sink.
func (t *Talk) Request(x *auth.Exchange) auth.Interest {
	t.Events = append(t.Events, "request "+Describe(x))
	return t.Says
}

// Exchange implements auth.Sink.
func (t *Talk) Exchange(x *auth.Exchange) auth.Interest {
	t.Events = append(t.Events, Describe(x))
	if !t.Loose {
		x.Keep()
		t.All = append(t.All, x)
	}
	return t.Says
}

// Complete implements auth.Sink.
func (t *Talk) Complete(_ *auth.Conn, index int, response bool, _ capture.Stamp) {
	message := "request"
	if response {
		message = "response"
	}
	t.Ends = append(t.Ends, fmt.Sprintf("%d %s", index, message))
}

// Closed implements auth.Sink.
func (t *Talk) Closed(c *auth.Conn, at capture.Stamp, how capture.End, _ bool) {
	t.Events = append(t.Events, "closed: "+how.String())
	if !t.Loose {
		t.Conns = append(t.Conns, c)
	}
}

// Passage implements auth.Sink.
func (t *Talk) Passage(int, *capture.Passage) {}

// Ticket implements auth.Sink.
func (t *Talk) Ticket(x *auth.TicketExchange) {
	t.Events = append(t.Events, fmt.Sprintf("ticket %s for %s: %d", x.ServiceName, x.ClientName, x.Error))
}

// Describe returns what a test compares of an exchange; stamps are left out.
func Describe(x *auth.Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %s", x.Index, x.Target.Verb, x.Target.Name)
	for _, c := range x.Request.Credentials {
		fmt.Fprintf(&b, " %s(%s)", c.Scheme, describeToken(c.Token)+c.User)
		if c.Basic != nil {
			fmt.Fprintf(&b, "=%s", c.Basic.User)
		}
	}
	if x.Ending == auth.Answered {
		fmt.Fprintf(&b, " -> %d", x.Result.Code)
	} else {
		fmt.Fprintf(&b, " -> %s", x.Ending)
	}
	for _, c := range x.Response.Challenges {
		fmt.Fprintf(&b, " %s(%s)%s", c.Scheme, describeToken(c.Token), c.Realm)
	}
	for _, mark := range []struct {
		set  bool
		text string
	}{{x.Gap, "gap"}, {x.Last, "last"}, {x.Authenticated, "authenticated"}} {
		if mark.set {
			b.WriteString(" " + mark.text)
		}
	}
	for _, p := range x.Problems {
		fmt.Fprintf(&b, "; %s", frameInText.ReplaceAllString(p.Text, ""))
	}
	return b.String()
}

var frameInText = regexp.MustCompile(` in frame \d+`)

func describeToken(t *token.Token) string {
	switch {
	case t == nil:
		return ""
	case t.Negotiate != nil:
		return "T1"
	case t.Challenge != nil:
		return "T2"
	case t.Authenticate != nil:
		return "T3"
	}
	return fmt.Sprintf("%d bytes", t.Size)
}

// From plays one segment of a direction. What the last advice passed over is
// left out as an Assembler does.
func (t *Talk) From(dir capture.Dir, data string) {
	t.frame++
	n := min(t.skip[dir], int64(len(data)))
	t.skip[dir] -= n
	data = data[n:]
	switch {
	case t.advice[dir] == tcp.Mute || t.Ignored():
		return
	case data == "":
		if n > 0 && t.skip[dir] == 0 {
			t.D.Skipped(&t.C, dir, capture.Stamp{Frame: t.frame})
		}
		return
	}
	s := tcp.Segment{Stamp: capture.Stamp{Frame: t.frame, Time: t.frame}, Dir: dir, Data: []byte(data), Lost: t.lost[dir]}
	t.lost[dir] = 0
	a := t.D.Data(&t.C, &s)
	t.advice[dir] = a
	if a == tcp.Ignore {
		t.advice[1-dir] = a
	}
	t.skip[dir] = max(0, int64(a))
	for i := range s.Data {
		s.Data[i] = 0xee // so that keeping it shows
	}
}

// Skips returns how many bytes of direction dir are to be skipped, and skips
// them.
func (t *Talk) Skips(dir capture.Dir) int64 {
	n := t.skip[dir]
	t.skip[dir] = 0
	return n
}

// Ignored reports whether the decoder wants nothing more.
func (t *Talk) Ignored() bool { return t.advice[0] == tcp.Ignore }

// Client plays a segment of the client.
func (t *Talk) Client(data string) *Talk { t.From(0, data); return t }

// Server plays a segment of the server.
func (t *Talk) Server(data string) *Talk { t.From(1, data); return t }

// Gap loses n bytes of a direction.
func (t *Talk) Gap(dir capture.Dir, n int64) *Talk {
	skipped := min(n, t.skip[dir])
	t.skip[dir] -= skipped
	t.lost[dir] += n - skipped
	return t
}

// Midstream says that the capture began in the middle.
func (t *Talk) Midstream() *Talk { t.lost = [2]int64{-1, -1}; return t }

// Frame returns the number of the last segment.
func (t *Talk) Frame() int64 { return t.frame }

// Close ends the connection and returns the events.
func (t *Talk) Close(how capture.End) []string {
	if !t.Ignored() {
		t.D.Closed(&t.C, capture.Stamp{Frame: t.frame + 1}, how)
	}
	return t.Events
}

// Messages that many tests use.
const (
	PlainGet = "GET /a HTTP/1.1\r\nHost: web01\r\n\r\n"
	PlainOK  = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	BasicGet = "GET /b HTTP/1.1\r\nHost: web01\r\nAuthorization: Basic YWxpY2U6eA==\r\n\r\n"
	Refusal  = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"
)

// NoSink is an auth.Sink that wants nothing.
type NoSink struct{}

// Request implements auth.Sink.
func (NoSink) Request(*auth.Exchange) auth.Interest { return auth.Everything }

// Exchange implements auth.Sink.
func (NoSink) Exchange(*auth.Exchange) auth.Interest { return auth.Everything }

// Complete implements auth.Sink.
func (NoSink) Complete(*auth.Conn, int, bool, capture.Stamp) {}

// Closed implements auth.Sink.
func (NoSink) Closed(*auth.Conn, capture.Stamp, capture.End, bool) {}

// Passage implements auth.Sink.
func (NoSink) Passage(int, *capture.Passage) {}

// Ticket implements auth.Sink.
func (NoSink) Ticket(*auth.TicketExchange) {}
