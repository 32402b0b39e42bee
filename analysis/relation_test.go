package analysis_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
)

// relationTest is a token that is seen twice: how, and the rule that explains
// it.
type relationTest struct {
	name string
	talk func(t *analysistest.Talk)
	want string // the ids of the rules, "/" and a confidence behind those where it matters
}

// relationTests are the decisions of ARCHITECTURE.md, "When a token is seen
// twice", in its order. Each name goes on from "a token is seen again, ...".
var relationTests = []relationTest{
	{"on the same connection, and refused", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200).Token(1).Answer(401)
	}, "stale-token-resent"},
	{"on the same connection, and refused, and before that elsewhere", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice", "db01").Token(1).Answer(401).Token(1).Answer(401)
	}, "double-hop-token-replay stale-token-resent"},
	{"on the same connection, and accepted", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200).Token(1).Answer(200)
	}, ""},

	{"where its challenge was issued, for the proxy that passed it on", func(t *analysistest.Talk) {
		logonThrough(t.Conn("alice", "proxy"), t.Conn("proxy", "web01"), 200)
	}, "pass-through-proxy"},
	{"where its challenge was issued, and accepted there only", func(t *analysistest.Talk) {
		logonThrough(t.Conn("alice", "proxy"), t.Conn("proxy", "web01"), 500)
	}, "ntlm-relay"},
	{"where its challenge was issued, and accepted there only, although the client asked for that site", func(t *analysistest.Talk) {
		logonThrough(t.Conn("alice", "web01/2"), t.Conn("web01/2", "web01"), 500)
	}, "ntlm-relay"},
	{"by the proxy, on another connection than the one that brought the challenge", func(t *analysistest.Talk) {
		front, one, other := t.Conn("alice", "proxy"), t.Conn("proxy", "web01"), t.Conn("proxy", "web01")
		front.Negotiate()
		one.Challenge(1)
		front.Challenged(1).Token(1)
		other.Token(1).Answer(401)
		front.Answer(401)
	}, "handshake-split"},
	{"by the proxy, on another connection than the one that it had asked before its client did", func(t *analysistest.Talk) {
		front, one, other := t.Conn("alice", "proxy"), t.Conn("proxy", "web01"), t.Conn("proxy", "web01")
		one.Negotiate()
		front.Negotiate()
		one.Challenged(1)
		front.Challenged(1).Token(1)
		other.Token(1).Answer(401)
		front.Answer(401)
	}, "handshake-split"},
	{"from an address that nothing joins with the proxy, on another connection", func(t *analysistest.Talk) {
		front, one, other := t.Conn("alice", "vip"), t.Conn("node", "web01"), t.Conn("node", "web01")
		front.Negotiate()
		one.Challenge(1)
		front.Challenged(1).Token(1)
		other.Token(1).Answer(401)
		front.Answer(401)
	}, "handshake-split"},
	{"by the proxy, on another connection to another server of the farm", func(t *analysistest.Talk) {
		front, one, other := t.Conn("alice", "proxy"), t.Conn("proxy", "web01"), t.Conn("proxy", "web02")
		front.Negotiate()
		one.Challenge(1)
		front.Challenged(1).Token(1)
		other.Token(1).Answer(401)
		front.Answer(401)
	}, "handshake-split"},

	{"with the same challenge on both connections, which nothing else joins", func(t *analysistest.Talk) {
		front, back := t.Conn("alice", "vip"), t.Conn("node", "web01")
		back.Negotiate()
		front.Negotiate()
		back.Challenged(1)
		front.Challenged(1).Token(1)
		back.Token(1).Answer(200)
		front.Answer(200)
	}, "pass-through-proxy"},

	{"behind a gap, which may hide a challenge", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice", "web01").Lose().Token(1).Answer(401)
	}, "capture-incomplete"},
	{"behind a gap, at another server", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice", "db01").Lose().Token(1).Answer(401)
	}, "capture-incomplete"},
	{"behind a gap and a challenge that is there", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice", "web01").Challenge(2).Lose().Token(1).Answer(401)
	}, "stale-token-resent"},

	{"by its client, at the same server", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice", "web01").Token(1).Answer(401)
	}, "stale-token-resent"},
	{"by its client, at the same server, which does not mind", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice", "web01").Token(1).Answer(200)
	}, ""},
	{"by its client, at the same server, as the answer to another challenge", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice", "web01").Challenge(2).Token(1).Answer(401)
	}, "stale-token-resent"},
	{"by its client, at another address of the same server", func(t *analysistest.Talk) {
		t.Conn("bob", "web01/2").Challenge(2).Token(2).Answer(200)
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice", "web01/2").Token(1).Answer(401)
	}, "stale-token-resent"},
	{"by its client from its IPv6 address, at the same server", func(t *analysistest.Talk) {
		t.Conn("alice/6", "web01").Challenge(2).Token(2).Answer(200)
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice/6", "web01").Token(1).Answer(401)
	}, "stale-token-resent"},
	{"by that server itself, at the same server", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("web01", "web01").Token(1).Answer(401)
	}, "stale-token-resent"},
	{"by another client, at the same server", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("mallory", "web01").Token(1).Answer(401)
	}, "token-replayed-by-other-client"},
	{"by another client, at another address of the same server", func(t *analysistest.Talk) {
		t.Conn("bob", "web01/2").Challenge(2).Token(2).Answer(200)
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("mallory", "web01/2").Token(1).Answer(401)
	}, "token-replayed-by-other-client"},

	{"by the first server, at another one", func(t *analysistest.Talk) {
		front := t.Conn("alice", "web01").Challenge(1).Token(1)
		t.Conn("web01", "db01").Token(1).Answer(401)
		front.Answer(401)
	}, "double-hop-token-forwarded"},
	{"by the first server, at another one that issued a challenge of its own", func(t *analysistest.Talk) {
		front := t.Conn("alice", "web01").Challenge(1).Token(1)
		t.Conn("web01", "db01").Challenge(2).Token(1).Answer(401)
		front.Answer(500)
	}, "double-hop-token-forwarded"},
	{"by the first server long after its answer, at another one", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Wait(time.Minute)
		t.Conn("web01", "db01").Token(1).Answer(401)
	}, "double-hop-token-forwarded"},
	{"by the first server, at another one that looks at no token", func(t *analysistest.Talk) {
		front := t.Conn("alice", "web01").Challenge(1).Token(1)
		t.Conn("web01", "db01").Token(1).Answer(200)
		front.Answer(200)
	}, ""},
	{"by the first server, at another one that answers 403", func(t *analysistest.Talk) {
		front := t.Conn("alice", "web01").Challenge(1).Token(1)
		t.Conn("web01", "db01").Token(1).Answer(403)
		front.Answer(500)
	}, "double-hop-token-forwarded"},
	{"by the first server, at another one that answers 502", func(t *analysistest.Talk) {
		front := t.Conn("alice", "web01").Challenge(1).Token(1)
		t.Conn("web01", "db01").Token(1).Answer(502)
		front.Answer(502)
	}, "double-hop-token-forwarded"},
	{"from an address that nothing joins with the first server, while that one waits", func(t *analysistest.Talk) {
		front := t.Conn("alice", "web01").Challenge(1).Token(1)
		t.Conn("unknown", "db01").Token(1).Answer(401)
		front.Answer(401)
	}, "double-hop-token-forwarded"},
	{"by its client while the first server waits, at another one", func(t *analysistest.Talk) {
		front := t.Conn("alice", "web01").Challenge(1).Token(1)
		t.Conn("alice", "db01").Token(1).Answer(401)
		front.Answer(200)
	}, "double-hop-token-replay"},
	{"by its client later, at another server", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice", "db01").Token(1).Answer(401)
	}, "double-hop-token-replay"},
	{"by another client later, at another server", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("mallory", "db01").Token(1).Answer(401)
	}, "double-hop-token-replay"},

	// A token that is seen once.
	{"not at all, and its challenge was issued on another connection", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1)
		t.Conn("alice", "web01").Token(1).Answer(401)
	}, "handshake-split"},
	{"not at all, and nobody was seen to issue its challenge", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Token(1).Answer(401)
	}, "token-without-challenge"},
	{"not at all", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("alice", "db01").Challenge(2).Token(2).Answer(200)
	}, ""},
	// One presentation that is seen on the client's leg and on the proxy's leg is
	// one presentation, also when what is passed on is itself a replay.
	{"by its client through a proxy, at another server", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Wait(time.Minute)
		front := t.Conn("alice", "proxy").Token(1)
		t.Conn("proxy", "db01").Token(1).Answer(401)
		front.Answer(401)
	}, "double-hop-token-replay"},
	// A challenge that was answered by the token on its own connection is not
	// split, whatever comes later.
	{"by the proxy after a logon through it, on a new connection", func(t *analysistest.Talk) {
		logonThrough(t.Conn("alice", "proxy"), t.Conn("proxy", "web01"), 200)
		t.Wait(time.Minute)
		t.Conn("proxy", "web01").Token(1).Answer(401)
	}, "stale-token-resent pass-through-proxy"},
	{"by its client after a logon through a proxy, at that proxy", func(t *analysistest.Talk) {
		logonThrough(t.Conn("alice", "proxy"), t.Conn("proxy", "web01"), 200)
		t.Wait(time.Minute)
		t.Conn("alice", "proxy").Token(1).Answer(401)
	}, "stale-token-resent pass-through-proxy"},
	// What came where its challenge was not issued says nothing of where the token
	// belongs: every try at the second server is the same finding.
	{"a third time, by another client at the second server", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("mallory", "db01").Token(1).Answer(401)
		t.Wait(time.Minute)
		t.Conn("mallory", "db01").Token(1).Answer(401)
	}, "double-hop-token-replay"},
	// From another client address while the first presentation waits for its
	// answer: it should be double-hop-token-forwarded also where the challenge of
	// After the first presentation was answered, to another server by a machine
	// that is neither the token's client nor its server: double-hop-token-replay
	// at medium confidence.
	{"by a third machine after the answer, at another server", func(t *analysistest.Talk) {
		t.Conn("alice", "web01").Challenge(1).Token(1).Answer(200)
		t.Conn("mallory", "db01").Token(1).Answer(401)
	}, "double-hop-token-replay/medium"},
	// 404 makes no finding above info: such a server does not look at the field.
	{"by the first server, at another one that answers 404", func(t *analysistest.Talk) {
		front := t.Conn("alice", "web01").Challenge(1).Token(1)
		t.Conn("web01", "db01").Token(1).Answer(404)
		front.Answer(404)
	}, ""},
}

// relationsToday are decisions that are not yet those that were agreed on: each
// row says what is found today and, in its comment, what should be.
var relationsToday = []relationTest{
	// the first was not captured.
	{"from an unknown address while the first server waits, its challenge not captured", func(t *analysistest.Talk) {
		front := t.Conn("alice", "web01").Token(1)
		t.Conn("unknown", "db01").Token(1).Answer(401)
		front.Answer(200)
	}, ""},
}

// logonThrough passes a logon on from one connection of a proxy to the other,
// whose server accepts it. status is what the client gets.
func logonThrough(front, back *analysistest.Conn, status int) {
	front.Negotiate()
	back.Challenge(1)
	front.Challenged(1).Token(1)
	back.Token(1).Answer(200)
	front.Answer(status)
}

func TestTokenSeenTwice(t *testing.T) { testRelations(t, relationTests) }

func TestTokenSeenTwiceToday(t *testing.T) { testRelations(t, relationsToday) }

func testRelations(t *testing.T, tests []relationTest) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			talk := analysistest.NewTalk(analysis.Options{})
			test.talk(talk)
			found, want := talk.End().Findings, strings.Fields(test.want)
			if !slices.EqualFunc(found, want, isFinding) {
				t.Errorf("found %q, want %q", analysistest.Said(found), want)
			}
		})
	}
}

// isFinding reports whether f is a finding of a rule and, if want says one, has
// a confidence.
func isFinding(f *report.Finding, want string) bool {
	return want == f.Rule.ID || want == f.Rule.ID+"/"+f.Confidence.String()
}
