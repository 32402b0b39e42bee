package decode

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
)

// talk plays a conversation to a Decoder. Direction 0 is the client's.
type talk struct {
	d      *Decoder
	c      *tcp.Conn
	frame  int64
	advice [2]tcp.Advice
	skip   [2]int64 // bytes of a direction that its last advice passed over
	lost   [2]int64
	events []string
	all    []*Exchange
	wholes []string // the calls of Whole
	loose  bool     // exchanges are not kept: the decoder uses them again
}

func newTalk() *talk {
	t := &talk{c: new(tcp.Conn)}
	t.d = NewDecoder(0, t, Limits{})
	return t
}

func (t *talk) Request(x *Exchange) { t.events = append(t.events, "request "+describe(x)) }
func (t *talk) Exchange(x *Exchange) {
	t.events = append(t.events, describe(x))
	if !t.loose {
		x.Keep()
		t.all = append(t.all, x)
	}
}
func (t *talk) Whole(_ *Conn, index int, response bool, _ capture.Stamp) {
	message := "request"
	if response {
		message = "response"
	}
	t.wholes = append(t.wholes, fmt.Sprintf("%d %s", index, message))
}
func (t *talk) Closed(c *Conn, at capture.Stamp, how capture.End, _ bool) {
	t.events = append(t.events, "closed: "+how.String())
}

// describe gives what a test compares of an exchange; stamps are left out.
func describe(x *Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %s", x.Index, x.Request.Method, x.Request.Target)
	for _, c := range x.Request.Credentials {
		fmt.Fprintf(&b, " %s(%s)", c.Scheme, describeToken(c.Token)+c.User)
		if c.Basic != nil {
			fmt.Fprintf(&b, "=%s", c.Basic.User)
		}
	}
	if x.Ending == Answered {
		fmt.Fprintf(&b, " -> %d", x.Response.Status)
	} else {
		fmt.Fprintf(&b, " -> %s", x.Ending)
	}
	for _, c := range x.Response.Challenges {
		fmt.Fprintf(&b, " %s(%s)%s", c.Scheme, describeToken(c.Token), c.Realm)
	}
	for _, mark := range []struct {
		set  bool
		text string
	}{{x.Gap, "gap"}, {x.LastOnConn, "last"}, {x.Authenticated, "authenticated"}} {
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

func describeToken(t *Token) string {
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

// from plays one segment of a direction. What the last advice passed over is
// left out as an Assembler does.
func (t *talk) from(dir capture.Dir, data string) {
	t.frame++
	n := min(t.skip[dir], int64(len(data)))
	t.skip[dir] -= n
	data = data[n:]
	switch {
	case t.advice[dir] == tcp.Mute || t.ignored():
		return
	case data == "":
		if n > 0 && t.skip[dir] == 0 {
			t.d.Skipped(t.c, dir, capture.Stamp{Frame: t.frame})
		}
		return
	}
	s := tcp.Segment{Stamp: capture.Stamp{Frame: t.frame, Time: t.frame}, Dir: dir, Data: []byte(data), Lost: t.lost[dir]}
	t.lost[dir] = 0
	a := t.d.Data(t.c, &s)
	t.advice[dir] = a
	if a == tcp.Ignore {
		t.advice[1-dir] = a
	}
	t.skip[dir] = max(0, int64(a))
	for i := range s.Data {
		s.Data[i] = 0xee // whoever kept it shall notice
	}
}

func (t *talk) ignored() bool { return t.advice[0] == tcp.Ignore }

func (t *talk) client(data string) *talk { t.from(0, data); return t }
func (t *talk) server(data string) *talk { t.from(1, data); return t }

// gap loses n bytes of a direction.
func (t *talk) gap(dir capture.Dir, n int64) *talk {
	skipped := min(n, t.skip[dir])
	t.skip[dir] -= skipped
	t.lost[dir] += n - skipped
	return t
}

// midstream says that the capture began in the middle.
func (t *talk) midstream() *talk { t.lost = [2]int64{-1, -1}; return t }

func (t *talk) close(how capture.End) []string {
	if !t.ignored() {
		t.d.Closed(t.c, capture.Stamp{Frame: t.frame + 1}, how)
	}
	return t.events
}

const (
	plainGet = "GET /a HTTP/1.1\r\nHost: web01\r\n\r\n"
	plainOK  = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
	basicGet = "GET /b HTTP/1.1\r\nHost: web01\r\nAuthorization: Basic YWxpY2U6eA==\r\n\r\n"
	refusal  = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"
)

func TestTalk(t *testing.T) {
	got := newTalk().client(plainGet).server(refusal).client(basicGet).server(plainOK).client(plainGet).server(plainOK).close(capture.Finished)
	want := []string{
		"0 GET /a -> 401 NTLM()",
		"request 1 GET /b Basic()=alice -> open",
		"1 GET /b Basic()=alice -> 200",
		"request 2 GET /a -> open authenticated",
		"2 GET /a -> 200 authenticated",
		"closed: finished",
	}
	same(t, got, want)
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}
