package decode_test

import (
	"bytes"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
	"ntlmtrace/decode/decodetest"
)

// lines is a made-up protocol of lines: "LOGON user", which is answered with
// "235 yes" or "535 no"; "TELL n" followed by n bytes of no interest, which is
// answered with "250"; "INSIDE", after whose answer "220" the rest of the
// connection belongs to somebody else; and "SECRET", after which it does so
// through a layer. It uses what is exported only.
var lines = &carrier.Carrier{Name: "lines", Recognise: recogniseLines, Open: openLines, OpenDatagrams: openDatagrams}

func recogniseLines(_ capture.Dir, first []byte) carrier.Verdict {
	for _, verb := range []string{"LOGON ", "TELL ", "INSIDE\n", "SECRET\n", "BYE\n"} {
		n := min(len(first), len(verb))
		switch {
		case string(first[:n]) != verb[:n]:
		case n < len(verb):
			return carrier.Maybe
		default:
			return carrier.Yes
		}
	}
	return carrier.No
}

// lineReader reads the conversations of lines.
type lineReader struct {
	env   *carrier.Env
	conns []lineConn // by Handle, from 1
}

type lineConn struct {
	conn  *auth.Conn
	start capture.Stamp
	index int
	rest  [2][]byte
	x     *auth.Exchange // without an answer
	user  bool
	says  auth.Interest
	next  string // what the answer is followed by
}

func openLines(env *carrier.Env) carrier.Conversations { return &lineReader{env: env} }

func (r *lineReader) Data(c *carrier.Conn, s *tcp.Segment) (tcp.Advice, *carrier.Handover) {
	if c.Handle == 0 {
		r.conns = append(r.conns, lineConn{start: s.Stamp})
		c.Handle = uint32(len(r.conns))
	}
	l := &r.conns[c.Handle-1]
	held := len(l.rest[s.Dir])
	text := append(l.rest[s.Dir], s.Data...)
	l.rest[s.Dir] = nil
	for at := 0; ; {
		nl := bytes.IndexByte(text[at:], '\n')
		if nl < 0 {
			l.rest[s.Dir] = bytes.Clone(text[at:])
			return tcp.More, nil
		}
		line := string(text[at : at+nl])
		at += nl + 1
		switch skip := r.line(c, l, s, line); {
		case line == "BYE":
			return tcp.Ignore, nil
		case l.next != "" && s.Dir == 1:
			h := &carrier.Handover{At: at - held, Conn: l.conn, Start: l.start}
			if l.next == "SECRET" {
				h.Layer = xor{}
			}
			if l.next = ""; l.conn == nil {
				c.Handle = 0
			}
			return tcp.More, h
		case skip > 0 && at+skip >= len(text):
			return tcp.Skip(int64(at + skip - len(text))), nil
		default:
			at += skip
		}
	}
}

// line takes one line, and returns how many bytes after it are of no interest.
func (r *lineReader) line(c *carrier.Conn, l *lineConn, s *tcp.Segment, line string) int {
	verb, word, _ := strings.Cut(line, " ")
	if s.Dir == 1 {
		r.answer(c, l, s.Stamp, line)
		return 0
	}
	x := &auth.Exchange{Carrier: "lines", Index: l.index, Target: auth.Target{Service: "lines", Verb: verb, Name: word}, Authenticated: l.user}
	x.Request = auth.Message{First: s.Stamp, Stamp: s.Stamp}
	l.index++
	l.x = x
	switch verb {
	case "LOGON":
		x.Request.Credentials = []auth.Credentials{{Scheme: "PLAIN", User: word}}
	case "INSIDE", "SECRET":
		x.Kind, l.next = auth.Use, verb
		return 0
	default:
		x.Kind = auth.Use
	}
	if x.Kind == auth.Logon || l.user && r.env.Listens(l.says) {
		r.give(c, l)
		l.says = r.env.Sink.Request(x)
	}
	if verb == "TELL" {
		return int(word[0] - '0')
	}
	return 0
}

// give makes the exchange at hand one of the connection.
func (r *lineReader) give(c *carrier.Conn, l *lineConn) {
	if l.conn == nil {
		facts := c.Facts(r.env, 0, l.start)
		l.conn = &facts
	}
	l.x.Conn = l.conn
}

func (r *lineReader) answer(c *carrier.Conn, l *lineConn, at capture.Stamp, line string) {
	x := l.x
	if l.x = nil; x == nil {
		return
	}
	x.Response, x.Ending = auth.Message{First: at, Stamp: at}, auth.Answered
	x.Result = auth.Result{Text: line, Outcome: auth.Unknown}
	switch code, _, _ := strings.Cut(line, " "); code {
	case "235":
		l.user, x.Result.Outcome, x.Result.Code = true, auth.Accepted, 235
	case "535":
		x.Result.Outcome, x.Result.Code, x.Result.Failed = auth.Denied, 535, true
	}
	if x.Conn != nil || l.user && r.env.Listens(l.says) {
		l.x = x
		r.give(c, l)
		l.x = nil
		l.says = r.env.Sink.Exchange(x)
	}
}

func (r *lineReader) Skipped(*carrier.Conn, capture.Dir, capture.Stamp) {}

func (r *lineReader) HalfClosed(*carrier.Conn, capture.Dir, capture.Stamp) {}

func (r *lineReader) Closed(c *carrier.Conn, at capture.Stamp, how capture.End) {
	if l := &r.conns[c.Handle-1]; l.conn != nil {
		if l.x != nil && l.x.Conn != nil {
			l.x.Ending, l.x.Last = auth.ClosedEarly, true
			r.env.Sink.Exchange(l.x)
		}
		r.env.Sink.Closed(l.conn, at, how, false)
	}
}

func (r *lineReader) Waiting(yield func(*auth.Exchange) bool) {
	for i := range r.conns {
		if l := &r.conns[i]; l.x != nil && l.x.Conn == nil && l.user {
			if l.x.Conn = l.conn; !yield(l.x) {
				return
			}
		}
	}
}

// xor is a layer whose bytes are those of the connection inside it, each xor
// 42.
type xor struct{}

func (xor) Data(s *tcp.Segment, out func(*tcp.Segment)) {
	own := *s
	own.Data = []byte(masked(string(s.Data)))
	// In two pieces, as layers cut what they find in their own way.
	first := own
	first.Data = own.Data[:len(own.Data)/2]
	own.Data = own.Data[len(own.Data)/2:]
	if len(first.Data) > 0 {
		own.Lost = 0
		out(&first)
	}
	out(&own)
}

// masked is a text as it is sent below an xor layer, and the other way round.
func masked(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] ^= 42
	}
	return string(b)
}

// datagramReader takes datagrams that begin with "TICKET ".
type datagramReader struct{ env *carrier.Env }

func openDatagrams(env *carrier.Env) carrier.Datagrams { return datagramReader{env} }

func (r datagramReader) Datagram(g *capture.Datagram) bool {
	name, ok := strings.CutPrefix(string(g.Data), "TICKET ")
	if ok {
		r.env.Sink.Ticket(&auth.TicketExchange{Client: g.Src, KDC: g.Dst, Response: g.Stamp, ServiceName: name, ClientName: "alice", Error: 7})
	}
	return ok
}

func TestMadeUpCarrier(t *testing.T) {
	talk := decodetest.New(lines).Client("LOGON al").Client("ice\n").Server("535 no\n").Client("LOGON bob\nTE").Server("235 yes\n").
		Client("LL 5\nab").Client("cde").Server("250\n").Client("LOGON eve\n")
	decodetest.Same(t, talk.Close(capture.Finished), []string{
		"request 0 LOGON alice PLAIN(alice) -> open", "0 LOGON alice PLAIN(alice) -> 535",
		"request 1 LOGON bob PLAIN(bob) -> open", "1 LOGON bob PLAIN(bob) -> 235",
		"request 2 TELL 5 -> open authenticated", "2 TELL 5 -> 0 authenticated",
		"request 3 LOGON eve PLAIN(eve) -> open authenticated", "3 LOGON eve PLAIN(eve) -> closed before the answer last authenticated",
		"closed: finished",
	})
	if x := talk.All[0]; x.Result.Outcome != auth.Denied || x.ResultOf(auth.Session{}) != x.Result || x.ResultOf(auth.Session{ID: 1}).Outcome != auth.None {
		t.Errorf("%+v", x.Result)
	}
}

// TestCarriersShareADecoder plays two carriers to one Decoder, which tells them
// apart by their first bytes, whatever the port.
func TestCarriersShareADecoder(t *testing.T) {
	carriers := append([]*carrier.Carrier{lines}, decode.Carriers...)
	d := decodetest.New(carriers...)
	d.Client("L").Client("OGON alice\n").Server("235 ok\n")
	other := &decodetest.Talk{D: d.D}
	other.Client(decodetest.BasicGet).Server(decodetest.PlainOK)
	d.Close(capture.Finished)
	other.Close(capture.Finished)
	decodetest.Same(t, d.Events, []string{
		"request 0 LOGON alice PLAIN(alice) -> open", "0 LOGON alice PLAIN(alice) -> 235",
		"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 200", "closed: finished", "closed: finished",
	})
	if d.All[0].Carrier != "lines" || d.All[1].Carrier != "http" {
		t.Errorf("carriers %q and %q", d.All[0].Carrier, d.All[1].Carrier)
	}
}
