package decode_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
	"ntlmtrace/decode/decodetest"
)

const (
	connect     = "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"
	established = "HTTP/1.1 200 Connection established\r\n\r\n"
	proxyLogon  = "CONNECT a:80 HTTP/1.1\r\nProxy-Authorization: Basic Ym9iOg==\r\n\r\n"
)

// TestTunnelIsAConnection plays a logon inside a CONNECT tunnel: a connection
// of its own with the addresses and frames of the one around it.
func TestTunnelIsAConnection(t *testing.T) {
	for name, first := range map[string]string{"with a logon to the proxy": proxyLogon, "without": connect} {
		talk := decodetest.New().Client(first).Server(established).Client(decodetest.BasicGet).Server(decodetest.PlainOK).Client(decodetest.PlainGet)
		talk.Close(capture.Finished)
		x := talk.All[len(talk.All)-2]
		inner, outer := x.Conn, x.Conn.Parent
		if outer == nil || outer.Parent != nil || inner.ParentAt.Frame != 2 || inner.Start.Frame != 3 || outer.Start.Frame != 1 {
			t.Fatalf("%s: inner %+v, outer %+v", name, inner, outer)
		}
		if inner.Client != outer.Client || inner.Server != outer.Server || inner.ID != outer.ID || inner.Digest == 0 || inner.Digest == outer.Digest {
			t.Errorf("%s: inner %+v, outer %+v", name, inner, outer)
		}
		if x.Index != 0 || x.Authenticated || x.Request.Stamp.Frame != 3 || x.Response.Stamp.Frame != 4 {
			t.Errorf("%s: %s in frames %d and %d", name, decodetest.Describe(x), x.Request.Stamp.Frame, x.Response.Stamp.Frame)
		}
		if first == proxyLogon && (talk.All[0].Conn != outer || talk.All[0].Result.Outcome != auth.Accepted) {
			t.Errorf("%s: the logon to the proxy is on %+v: %+v", name, talk.All[0].Conn, talk.All[0].Result)
		}
		if u, c := talk.D.Held(); u+c > 0 {
			t.Errorf("%s: %d undecided and %d chains are held", name, u, c)
		}
	}
}

// TestTunnelsEnd looks at what a tunnel is over for: the connection is ignored,
// unless the sink knows the one around it.
func TestTunnelsEnd(t *testing.T) {
	tls := "\x16\x03\x01\x00\x05hello"
	unknown := decodetest.New().Client(connect).Server(established).Client(tls)
	if !unknown.Ignored() {
		t.Error("TLS in a tunnel that nobody knows is not ignored")
	}
	known := decodetest.New().Client(proxyLogon).Server(established).Client(tls).Server(tls).Client(decodetest.BasicGet)
	decodetest.Same(t, known.Close(capture.Reset), []string{
		"request 0 CONNECT a:80 Basic()=bob -> open", "0 CONNECT a:80 Basic()=bob -> 200", "closed: reset",
	})
	for _, talk := range []*decodetest.Talk{unknown, known} {
		if s := talk.D.Stats(); s.TLSConnections != 1 || s.HTTPConnections != 1 || s.OtherConnections != 0 {
			t.Errorf("%+v", s)
		}
		if u, c := talk.D.Held(); u+c > 0 {
			t.Errorf("%d undecided and %d chains are held", u, c)
		}
	}
}

// TestTunnelIsCut ends a connection before it is clear what its tunnel carries.
func TestTunnelIsCut(t *testing.T) {
	talk := decodetest.New().Client(connect).Server(established).Client("GE").Server("HTTP")
	talk.Close(capture.Finished)
	if s := talk.D.Stats(); s.Incomplete != 2 || s.OtherConnections != 0 {
		t.Errorf("%+v", s)
	}
}

// TestTunnelsHaveADepth opens a tunnel in a tunnel, and so on.
func TestTunnelsHaveADepth(t *testing.T) {
	for _, first := range []string{connect, proxyLogon} {
		for depth := range carrier.MaxDepth + 3 {
			talk := decodetest.New()
			for range depth {
				talk.Client(first).Server(established)
			}
			talk.Client(decodetest.BasicGet).Server(decodetest.PlainOK)
			talk.Close(capture.Finished)
			var found *auth.Exchange
			for _, x := range talk.All {
				if x.Target.Verb == "GET" {
					found = x
				}
			}
			if tooDeep := depth > carrier.MaxDepth; tooDeep != (found == nil) || tooDeep != (talk.D.Stats().TooDeep == 1) {
				t.Errorf("%d tunnels: found %v, %+v", depth, found != nil, talk.D.Stats())
			}
			for n := depth; found != nil && n > 0; n-- {
				if found.Conn.Parent == nil {
					t.Fatalf("%d tunnels: level %d has no parent", depth, n)
				}
				found = &auth.Exchange{Conn: found.Conn.Parent}
			}
			if _, chains := talk.D.Held(); chains != 0 {
				t.Errorf("%d tunnels: %d chains are held", depth, chains)
			}
		}
	}
}

// TestChildrenEndFirst holds a parent to outliving what is inside it.
func TestChildrenEndFirst(t *testing.T) {
	outer := []string{
		"request 0 LOGON alice PLAIN(alice) -> open", "0 LOGON alice PLAIN(alice) -> 235", "1 INSIDE  -> 0 authenticated",
	}
	talk := decodetest.New(lines).Client("LOGON alice\n").Server("235 ok\n").Client("INSIDE\n").Server("220 go on\nx").Client("LOGON bob\n").Server("535 no\n")
	decodetest.Same(t, talk.Close(capture.Reset), append(slices.Clone(outer), "closed: reset"))
	talk = decodetest.New(lines).Client("LOGON alice\n").Server("235 ok\n").Client("INSIDE\n").Server("220 go on\n").Client("LOGON bob\n").Server("535 no\n")
	decodetest.Same(t, talk.Close(capture.Reset), append(slices.Clone(outer), "request 0 LOGON bob PLAIN(bob) -> open", "0 LOGON bob PLAIN(bob) -> 535", "closed: reset", "closed: reset"))
	if c := talk.Conns; len(c) != 2 || c[0].Parent != c[1] {
		t.Errorf("closed in this order: %+v", c)
	}
}

// layered is what client and server send in turn on a connection that is opened
// in the clear and goes on through a layer.
func layered(inside ...string) []string {
	all := []string{"SECRET\n", "220 go on\n"}
	for _, s := range inside {
		all = append(all, masked(s))
	}
	return all
}

func playTurns(talk *decodetest.Talk, turns []string, split func(string) []string) *decodetest.Talk {
	for i, turn := range turns {
		for _, piece := range split(turn) {
			talk.From(capture.Dir(i%2), piece)
		}
	}
	return talk
}

// TestLayer plays HTTP and lines through a layer: the frames are those of the
// packets, bodies are skipped, and gaps are gaps.
func TestLayer(t *testing.T) {
	carriers := []*carrier.Carrier{lines, decode.Carriers[0]}
	post := "POST /p HTTP/1.1\r\nAuthorization: Basic YWxpY2U6eA==\r\nContent-Length: 10\r\n\r\nxxxxxxxxxx"
	turns := layered(post, decodetest.PlainOK, decodetest.PlainGet, decodetest.Refusal)
	want := []string{
		"request 0 POST /p Basic()=alice -> open", "0 POST /p Basic()=alice -> 200",
		"request 1 GET /a -> open authenticated", "1 GET /a -> 401 NTLM() authenticated", "closed: finished",
	}
	one := playTurns(decodetest.New(carriers...), turns, decodetest.Whole)
	decodetest.Same(t, one.Close(capture.Finished), want)
	x := one.All[0]
	if x.Request.Stamp.Frame != 3 || x.Response.Stamp.Frame != 4 || x.Conn.Parent == nil || x.Conn.ParentAt.Frame != 2 {
		t.Errorf("frames %d and %d, in %+v since %v", x.Request.Stamp.Frame, x.Response.Stamp.Frame, x.Conn.Parent, x.Conn.ParentAt)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		cut := playTurns(decodetest.New(carriers...), turns, func(s string) (pieces []string) {
			for s != "" {
				n := 1 + rng.IntN(min(len(s), 30))
				pieces = append(pieces, s[:n])
				s = s[n:]
			}
			return pieces
		})
		decodetest.Same(t, cut.Close(capture.Finished), want)
		decodetest.Same(t, cut.Ends, one.Ends)
	}
}

func TestGapsInALayer(t *testing.T) {
	carriers := []*carrier.Carrier{lines, decode.Carriers[0]}
	post := "POST /p HTTP/1.1\r\nAuthorization: Basic YWxpY2U6eA==\r\nContent-Length: 50\r\n\r\n"
	start := func() *decodetest.Talk {
		return decodetest.New(carriers...).Client("SECRET\n").Server("220 go on\n").Client(masked(post))
	}
	body := start().Client(masked("xxxxx")).Gap(0, 30).Client(masked("xxxxxxxxxxxxxxx" + decodetest.PlainGet)).Server(masked(decodetest.PlainOK + decodetest.Refusal))
	decodetest.Same(t, body.Close(capture.Finished), []string{
		"request 0 POST /p Basic()=alice -> open", "0 POST /p Basic()=alice -> 200", "1 GET /a -> 401 NTLM() authenticated", "closed: finished",
	})
	beyond := start().Gap(0, 80).Client(masked(decodetest.PlainGet)).Server(masked(decodetest.PlainOK))
	if got := strings.Join(beyond.Close(capture.Finished), "\n"); !strings.Contains(got, "gap") {
		t.Errorf("no gap in\n%s", got)
	}
}

// TestLayersInLayers nests layers up to the limit and beyond it.
func TestLayersInLayers(t *testing.T) {
	for depth := range carrier.MaxDepth + 2 {
		talk := decodetest.New(lines)
		mask := func(s string, n int) string {
			if n%2 == 1 {
				return masked(s)
			}
			return s
		}
		for n := range depth {
			talk.Client(mask("SECRET\n", n)).Server(mask("220\n", n))
		}
		talk.Client(mask("LOGON alice\n", depth)).Server(mask("235\n", depth))
		talk.Close(capture.Finished)
		if found := len(talk.All) == 1; found != (depth <= carrier.MaxDepth) || talk.Ignored() != !found {
			t.Errorf("%d layers: found %v, ignored %v, %+v", depth, found, talk.Ignored(), talk.D.Stats())
		}
	}
}

// handsOver hands over with every segment, at its start or its end.
type handsOver struct{ atEnd, stays bool }

func (h handsOver) Data(c *carrier.Conn, s *tcp.Segment) (tcp.Advice, *carrier.Handover) {
	if h.stays {
		c.Handle = 1
	}
	if h.atEnd {
		return tcp.More, &carrier.Handover{At: len(s.Data)}
	}
	return tcp.More, &carrier.Handover{}
}
func (handsOver) Skipped(*carrier.Conn, capture.Dir, capture.Stamp)    {}
func (handsOver) HalfClosed(*carrier.Conn, capture.Dir, capture.Stamp) {}
func (handsOver) Closed(*carrier.Conn, capture.Stamp, capture.End)     {}
func (handsOver) Waiting(func(*auth.Exchange) bool)                    {}

// TestHandoversWithoutEnd plays carriers that hand over again and again, and
// tunnels in tunnels: each byte costs the same, however many there are.
func TestHandoversWithoutEnd(t *testing.T) {
	for _, h := range []handsOver{{}, {atEnd: true}, {stays: true}, {true, true}} {
		calls := 0
		c := &carrier.Carrier{
			Name:      "again",
			Recognise: func(capture.Dir, []byte) carrier.Verdict { calls++; return carrier.Yes },
			Open:      func(*carrier.Env) carrier.Conversations { return h },
		}
		talk := decodetest.New(c)
		for i := range 1000 {
			talk.From(capture.Dir(i%2), "xxxxxxxx")
		}
		talk.Close(capture.Finished)
		if calls > carrier.MaxDepth+1 || talk.D.Stats().TooDeep != 1 {
			t.Errorf("%+v: %d connections inside one another, %+v", h, calls, talk.D.Stats())
		}
		if _, chains := talk.D.Held(); chains != 0 {
			t.Errorf("%+v: %d chains are held", h, chains)
		}
	}
	cost := func(n int) time.Duration {
		best := time.Hour
		turns := []string{strings.Repeat(connect, n), strings.Repeat(established, n)}
		for range 3 {
			start := time.Now()
			playTurns(decodetest.New(), turns, decodetest.Whole)
			best = min(best, time.Since(start))
		}
		return best
	}
	if few, many := cost(1000), cost(10000); many > 100*max(few, 10*time.Microsecond) {
		t.Errorf("1000 tunnels take %v, 10000 take %v", few, many)
	}
}

// FuzzChain: however a conversation with tunnels and layers is cut into
// segments, the exchanges are the same.
func FuzzChain(f *testing.F) {
	f.Add(connect, established, proxyLogon, established, uint64(1))
	f.Add("SECRET\n", "220\n", masked("LOGON a\nTELL 9\n123456789SECRET\n"), masked("235\n250\n220\n"), uint64(2))
	f.Add("SECRET\n", "220\n", masked(connect+decodetest.BasicGet), masked(established+decodetest.PlainOK), uint64(3))
	f.Add("LOGON a\nINSIDE\n", "235\n220\n", "GET / HTTP/1.1\r\n\r\n", "BYE\n", uint64(4))
	f.Add("SECRET\n", "220\n", masked("BYE\n"), masked("BYE\n"), uint64(5))
	f.Fuzz(func(t *testing.T, a, b, c, d string, seed uint64) {
		for _, s := range []string{a, b, c, d} {
			if strings.Contains(s, "TELL") && !strings.Contains(s, "TELL 9\n") || strings.Contains(s, masked("TELL")) && !strings.Contains(s, masked("TELL 9\n")) {
				return // the made-up carrier reads no other number
			}
		}
		carriers := []*carrier.Carrier{lines, decode.Carriers[0]}
		rng := rand.New(rand.NewPCG(seed, 1))
		play := func(split func(string) []string) string {
			talk := playTurns(decodetest.New(carriers...), []string{a, b, c, d}, split)
			talk.Close(capture.Finished)
			return fmt.Sprint(strings.Join(talk.Events, "\n"), talk.Ends, talk.D.Stats())
		}
		want := play(decodetest.Whole)
		for _, longest := range []int{1, 20} {
			got := play(func(s string) (pieces []string) {
				for s != "" {
					n := min(1+rng.IntN(longest), len(s))
					pieces = append(pieces, s[:n])
					s = s[n:]
				}
				return pieces
			})
			if got != want {
				t.Fatalf("in segments of up to %d:\n%s\nin one:\n%s", longest, got, want)
			}
		}
	})
}
