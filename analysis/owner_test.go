package analysis_test

import (
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/decode/auth"
)

// said is a request: its path, and marks as kind and value in turn.
type said struct {
	path  string
	marks auth.MarkList
}

func mark(k auth.MarkKind, value string) auth.Mark { return auth.Mark{Kind: k, Value: value} }

// addressOf stands for the address of a machine in the value of a mark.
func addressOf(machine string) string { return "{" + machine + "}" }

// ownerTests let web01 ask db01 something without credentials and be refused,
// while it serves requests of alice and of bob. Both of these fail unless the
// row says something else.
var ownerTests = []struct {
	name              string
	alice, bob, inner said
	ended             [2]int // the answers of alice and of bob; 0 for 500
	want              string // whose request it was: "" if nobody's
}{
	{name: "nothing tells them apart", want: "one of alice, bob"},

	{name: "request id of alice", want: "alice",
		alice: said{marks: auth.MarkList{mark(auth.XRequestID, "7f01")}},
		bob:   said{marks: auth.MarkList{mark(auth.XRequestID, "7f02")}},
		inner: said{marks: auth.MarkList{mark(auth.XRequestID, "7f01")}}},
	{name: "trace of bob", want: "bob",
		alice: said{marks: auth.MarkList{mark(auth.TraceParent, "00-aa-01")}},
		bob:   said{marks: auth.MarkList{mark(auth.TraceParent, "00-bb-01")}},
		inner: said{marks: auth.MarkList{mark(auth.TraceParent, "00-bb-01")}}},
	{name: "request id under another name", want: "one of alice, bob",
		alice: said{marks: auth.MarkList{mark(auth.XRequestID, "7f01")}},
		inner: said{marks: auth.MarkList{mark(auth.RequestID, "7f01")}}},
	{name: "request id of nobody", want: "one of alice, bob",
		alice: said{marks: auth.MarkList{mark(auth.XRequestID, "7f01")}},
		bob:   said{marks: auth.MarkList{mark(auth.XRequestID, "7f02")}},
		inner: said{marks: auth.MarkList{mark(auth.XRequestID, "7f03")}}},
	{name: "request id of both", want: "one of alice, bob",
		alice: said{marks: auth.MarkList{mark(auth.XRequestID, "7f01")}},
		bob:   said{marks: auth.MarkList{mark(auth.XRequestID, "7f01")}},
		inner: said{marks: auth.MarkList{mark(auth.XRequestID, "7f01")}}},

	{name: "X-Forwarded-For alice", want: "alice",
		inner: said{marks: auth.MarkList{mark(auth.ForwardedFor, addressOf("alice"))}}},
	{name: "X-Forwarded-For bob and a proxy", want: "bob",
		inner: said{marks: auth.MarkList{mark(auth.ForwardedFor, addressOf("bob")+", 10.1.1.1")}}},
	{name: "Forwarded for bob", want: "bob",
		inner: said{marks: auth.MarkList{mark(auth.Forwarded, `for="`+addressOf("bob")+`:4711"`)}}},
	{name: "X-Real-IP alice", want: "alice",
		inner: said{marks: auth.MarkList{mark(auth.RealIP, addressOf("alice"))}}},
	{name: "X-Forwarded-For somebody whose address begins as alice's", want: "one of alice, bob",
		inner: said{marks: auth.MarkList{mark(auth.ForwardedFor, addressOf("alice")+"7")}}},
	{name: "True-Client-IP bob with a port", want: "bob",
		inner: said{marks: auth.MarkList{mark(auth.TrueClientIP, addressOf("bob")+":4711")}}},
	{name: "X-Forwarded-For somebody else", want: "one of alice, bob",
		inner: said{marks: auth.MarkList{mark(auth.ForwardedFor, "10.1.1.1")}}},

	{name: "cookie of bob", want: "bob",
		alice: said{marks: auth.MarkList{mark(auth.Cookie, "s=1")}},
		bob:   said{marks: auth.MarkList{mark(auth.Cookie, "s=2")}},
		inner: said{marks: auth.MarkList{mark(auth.Cookie, "s=2")}}},
	{name: "path of alice", want: "alice",
		alice: said{path: "/reports/1"}, bob: said{path: "/reports/2"}, inner: said{path: "/reports/1"}},
	{name: "path of neither", want: "one of alice, bob",
		alice: said{path: "/reports/1"}, bob: said{path: "/reports/2"}, inner: said{path: "/sql"}},
	{name: "the root is a path of everybody", want: "one of alice, bob",
		alice: said{path: "/"}, bob: said{path: "/reports"}, inner: said{path: "/"}},
	{name: "agent of bob", want: "bob",
		alice: said{marks: auth.MarkList{mark(auth.Agent, "Edge")}},
		bob:   said{marks: auth.MarkList{mark(auth.Agent, "curl")}},
		inner: said{marks: auth.MarkList{mark(auth.Agent, "curl")}}},

	{name: "bob's request ended well", want: "alice", ended: [2]int{500, 200}},
	{name: "alice's request ended well", want: "bob", ended: [2]int{200, 403}},
	{name: "both ended well", want: "", ended: [2]int{200, 200}},

	{name: "a request id counts more than an address", want: "bob",
		bob:   said{marks: auth.MarkList{mark(auth.XRequestID, "7f02")}},
		inner: said{marks: auth.MarkList{mark(auth.XRequestID, "7f02"), mark(auth.ForwardedFor, addressOf("alice"))}}},
	{name: "an address counts more than a cookie", want: "alice",
		bob:   said{marks: auth.MarkList{mark(auth.Cookie, "s=2")}},
		inner: said{marks: auth.MarkList{mark(auth.Cookie, "s=2"), mark(auth.ForwardedFor, addressOf("alice"))}}},
	{name: "a cookie counts more than a path", want: "bob",
		alice: said{path: "/reports/1"},
		bob:   said{marks: auth.MarkList{mark(auth.Cookie, "s=2")}},
		inner: said{path: "/reports/1", marks: auth.MarkList{mark(auth.Cookie, "s=2")}}},
	{name: "a path counts more than an agent", want: "alice",
		alice: said{path: "/reports/1"},
		bob:   said{marks: auth.MarkList{mark(auth.Agent, "curl")}},
		inner: said{path: "/reports/1", marks: auth.MarkList{mark(auth.Agent, "curl")}}},
	{name: "what was copied counts more than how they ended", want: "", ended: [2]int{200, 500},
		alice: said{path: "/reports/1"}, inner: said{path: "/reports/1"}},
	{name: "an agent counts more than how they ended", want: "", ended: [2]int{200, 500},
		alice: said{marks: auth.MarkList{mark(auth.Agent, "curl")}}, inner: said{marks: auth.MarkList{mark(auth.Agent, "curl")}}},
}

func TestOwnerOfInnerRequest(t *testing.T) {
	for _, test := range ownerTests {
		t.Run(test.name, func(t *testing.T) {
			talk, alice, bob := atFrontEnd()
			ask(talk, alice, test.alice)
			ask(talk, bob, test.bob)
			ask(talk, talk.Conn("web01", "db01"), test.inner).Answer(401)
			for i, c := range []*analysistest.Conn{alice, bob} {
				if test.ended[i] == 0 {
					test.ended[i] = 500
				}
				c.Answer(test.ended[i])
			}
			checkOwner(t, talk, test.want)
		})
	}
}

// TestOwnerByTime lets the front end ask while other requests are under way: a
// request that began later, or was over earlier, has no part in it.
func TestOwnerByTime(t *testing.T) {
	for _, test := range []struct {
		name string
		talk func(talk *analysistest.Talk, alice, bob, inner *analysistest.Conn)
		want string
	}{
		{"one request", func(_ *analysistest.Talk, alice, _, inner *analysistest.Conn) {
			alice.Get("/a")
			inner.Get("/sql").Answer(401)
			alice.Answer(500)
		}, "alice"},
		{"no request", func(_ *analysistest.Talk, _, _, inner *analysistest.Conn) {
			inner.Get("/sql").Answer(401)
		}, ""},
		{"one was over", func(_ *analysistest.Talk, alice, bob, inner *analysistest.Conn) {
			alice.Get("/a").Answer(500)
			bob.Get("/b")
			inner.Get("/sql").Answer(401)
			bob.Answer(500)
		}, "bob"},
		{"one ended before the inner request did", func(_ *analysistest.Talk, alice, bob, inner *analysistest.Conn) {
			alice.Get("/a")
			bob.Get("/b")
			inner.Get("/sql")
			alice.Answer(500)
			inner.Answer(401)
			bob.Answer(500)
		}, "bob"},
		{"one began after the inner request", func(_ *analysistest.Talk, alice, bob, inner *analysistest.Conn) {
			alice.Get("/a")
			inner.Get("/sql")
			bob.Get("/b")
			inner.Answer(401)
			bob.Answer(500)
			alice.Answer(500)
		}, "alice"},
		{"both began after the inner request", func(_ *analysistest.Talk, alice, bob, inner *analysistest.Conn) {
			inner.Get("/sql")
			alice.Get("/a")
			bob.Get("/b")
			inner.Answer(401)
			bob.Answer(500)
			alice.Answer(500)
		}, ""},
		{"the other one long after", func(talk *analysistest.Talk, alice, bob, inner *analysistest.Conn) {
			alice.Get("/a")
			inner.Get("/sql").Answer(401)
			alice.Answer(500)
			talk.Wait(time.Minute)
			bob.Get("/b").Answer(500)
		}, "alice"},
		{"by a machine that is not the front end", func(talk *analysistest.Talk, alice, _, _ *analysistest.Conn) {
			alice.Get("/a")
			talk.Conn("web02", "db01").Get("/sql").Answer(401)
			alice.Answer(500)
		}, ""},
		{"at the front end itself", func(talk *analysistest.Talk, alice, _, _ *analysistest.Conn) {
			alice.Get("/a")
			talk.Conn("web01", "web01").Get("/sql").Answer(401)
			alice.Answer(500)
		}, ""},
		{"to the logon itself", func(talk *analysistest.Talk, _, _, inner *analysistest.Conn) {
			carol := talk.Conn("carol", "web01").Challenge(3).Token(3)
			inner.Get("/sql").Answer(401)
			carol.Answer(500)
		}, "carol"},
	} {
		t.Run(test.name, func(t *testing.T) {
			talk, alice, bob := atFrontEnd()
			test.talk(talk, alice, bob, talk.Conn("web01", "db01"))
			checkOwner(t, talk, test.want)
		})
	}
}

// atFrontEnd returns a Talk in which alice and bob are logged on to web01.
func atFrontEnd() (talk *analysistest.Talk, alice, bob *analysistest.Conn) {
	talk = analysistest.NewTalk(analysis.Options{})
	alice = talk.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
	bob = talk.Conn("bob", "web01").Challenge(2).Token(2).Answer(200)
	return talk, alice, bob
}

func ask(talk *analysistest.Talk, c *analysistest.Conn, s said) *analysistest.Conn {
	if s.path == "" {
		s.path = "/"
	}
	marks := make(auth.MarkList, len(s.marks))
	for i, m := range s.marks {
		for _, machine := range []string{"alice", "bob"} {
			m.Value = strings.ReplaceAll(m.Value, addressOf(machine), talk.Addr(machine).String())
		}
		marks[i] = m
	}
	return c.Get(s.path, marks...)
}

// checkOwner ends talk, and compares whose request led to the refusal.
func checkOwner(t *testing.T, talk *analysistest.Talk, want string) {
	t.Helper()
	var got []string
	for _, f := range talk.End().Findings {
		if f.Rule.ID == "double-hop-no-credentials" {
			who, _, _ := strings.Cut(f.Summary, " from ")
			got = append(got, strings.ReplaceAll(who, `CORP\`, ""))
			if (f.User == "") != strings.HasPrefix(who, "one of ") {
				t.Errorf("the user of %q is %q", who, f.User)
			}
		}
	}
	if strings.Join(got, "; ") != want {
		t.Errorf("it belongs to %q, want %q", got, want)
	}
}
