package analysis_test

import (
	"net/netip"
	"slices"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/kerberos"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/token"
)

// judged is an outcome and why it is none.
type judged struct {
	outcome report.Outcome
	problem string
}

// answers are all answers that there may be: the outcome of one that was read,
// or another ending.
var answers = []struct {
	ending  auth.Ending
	outcome auth.Outcome
	whole   judged // of credentials that are all of a logon
	first   judged // of the first message of a handshake
}{
	{auth.Answered, auth.None, judged{report.Unknown, saysNothing}, judged{report.Incomplete, noChallenge}},
	{auth.Answered, auth.More, judged{report.Incomplete, "the server asked for another message"}, judged{report.Incomplete, noChallenge}},
	{auth.Answered, auth.Accepted, judged{report.Accepted, ""}, judged{report.Incomplete, noChallenge}},
	{auth.Answered, auth.AcceptedForbidden, judged{report.Accepted, ""}, judged{report.Incomplete, noChallenge}},
	{auth.Answered, auth.AcceptedError, judged{report.Accepted, ""}, judged{report.Incomplete, noChallenge}},
	{auth.Answered, auth.Denied, judged{report.Denied, ""}, judged{report.Incomplete, noChallenge}},
	{auth.Answered, auth.Unknown, judged{report.Unknown, saysNothing}, judged{report.Incomplete, noChallenge}},
	{auth.Answered, auth.Outcome(99), judged{report.Unknown, saysNothing}, judged{report.Incomplete, noChallenge}},
	{auth.ClosedEarly, auth.None, judged{report.Unknown, "closed before the answer"}, judged{report.Incomplete, "closed before the answer"}},
	{auth.ResetEarly, auth.None, judged{report.Unknown, "reset before the answer"}, judged{report.Incomplete, "reset before the answer"}},
	{auth.Lost, auth.None, judged{report.Unknown, "answer not captured"}, judged{report.Incomplete, "answer not captured"}},
	{auth.CaptureEnded, auth.None, judged{report.Unknown, "capture ended before the answer"}, judged{report.Incomplete, "capture ended before the answer"}},
	// What a carrier says of an answer that was not read counts for nothing.
	{auth.Lost, auth.Accepted, judged{report.Unknown, "answer not captured"}, judged{report.Incomplete, "answer not captured"}},
}

const (
	saysNothing = "the status says nothing about the credentials"
	noChallenge = "the NEGOTIATE was not answered with a CHALLENGE"
)

// TestOutcomeOfCredentials answers credentials of every kind in every way.
func TestOutcomeOfCredentials(t *testing.T) {
	basic, _ := token.ParseBasic("YWxpY2U6c2VjcmV0", "")
	message := &ntlm.Authenticate{User: "alice", NTResponse: make([]byte, 40), NTProofStr: slices.Repeat([]byte{1}, 16)}
	for name, test := range map[string]struct {
		credentials auth.Credentials
		first       bool
		mechanism   string
	}{
		"NEGOTIATE":    {auth.Credentials{Scheme: "NTLM", Token: &token.Token{Negotiate: new(ntlm.Negotiate)}}, true, "NTLM"},
		"AUTHENTICATE": {auth.Credentials{Scheme: "NTLM", Token: &token.Token{Authenticate: message}}, false, "NTLM"},
		"anonymous":    {auth.Credentials{Scheme: "NTLM", Token: &token.Token{Authenticate: new(ntlm.Authenticate)}}, false, "NTLM"},
		"Basic":        {auth.Credentials{Scheme: "Basic", Basic: basic}, false, "Basic"},
		"Kerberos":     {auth.Credentials{Scheme: "Negotiate", Token: &token.Token{Kerberos: new(kerberos.Message)}}, false, "Kerberos"},
		"Digest":       {auth.Credentials{Scheme: "Digest", User: "alice"}, false, "Digest"},
		"Bearer":       {auth.Credentials{Scheme: "Bearer"}, false, "Bearer"},
		"proxy":        {auth.Credentials{Scheme: "Basic", Basic: basic, Session: analysistest.Proxy}, false, "Basic"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, answer := range answers {
				want := answer.whole
				if test.first {
					want = answer.first
				}
				hs := handshakesOf(test.credentials, answer.ending, answer.outcome)
				if len(hs) != 1 {
					t.Fatalf("%v, %v: %+v", answer.ending, answer.outcome, hs)
				}
				problems := append([]string(nil), want.problem)
				if want.problem == "" {
					problems = nil
				}
				if h := &hs[0]; h.Outcome != want.outcome || !slices.Equal(h.Problems, problems) || h.Mechanism != test.mechanism {
					t.Errorf("%v, %v: %s %v, %q; want %s %v, %q",
						answer.ending, answer.outcome, h.Mechanism, h.Outcome, h.Problems, test.mechanism, want.outcome, problems)
				}
			}
		})
	}
}

// TestTwoLogonsInOneRequest presents credentials for a proxy beside those for
// the server, in one request. The answer says something else of each.
func TestTwoLogonsInOneRequest(t *testing.T) {
	basic, _ := token.ParseBasic("YWxpY2U6c2VjcmV0", "")
	for _, test := range []struct {
		server    auth.Credentials
		challenge *token.Token
		want      report.Outcome
		issued    int64 // the frame of the CHALLENGE
	}{
		{auth.Credentials{Scheme: "Basic", Basic: basic}, nil, report.Denied, 0},
		{
			auth.Credentials{Scheme: "NTLM", Token: &token.Token{Negotiate: new(ntlm.Negotiate)}},
			&token.Token{Challenge: &ntlm.Challenge{ServerChallenge: [8]byte{1}}}, report.Incomplete, 2,
		},
	} {
		var got []report.Handshake
		a := analysis.New(analysis.Options{}, analysis.Output{Handshake: func(h *report.Handshake) { got = append(got, *h) }})
		conn := &auth.Conn{ID: 1, Client: netip.MustParseAddrPort("10.9.0.10:51000"), Server: netip.MustParseAddrPort("10.9.0.20:80")}
		x := analysistest.Request(conn, 0, capture.Stamp{Frame: 1, Time: 1e18},
			test.server, auth.Credentials{Scheme: "Basic", Basic: basic, Session: analysistest.Proxy})
		a.Request(x)
		analysistest.Answer(x, capture.Stamp{Frame: 2, Time: 1e18 + 1e6}, 401, auth.Challenge{Scheme: test.server.Scheme, Token: test.challenge})
		a.Exchange(x)
		a.Closed(conn, capture.Stamp{Frame: 3, Time: 1e18 + 2e6}, capture.Finished, false)
		a.End(nil)
		if len(got) != 2 || got[0].Proxy || got[0].Outcome != test.want || got[0].Frames.Challenge != test.issued ||
			!got[1].Proxy || got[1].Outcome != report.Accepted || got[1].Frames.Challenge != 0 {
			t.Errorf("%s: %+v", test.server.Scheme, got)
		}
	}
}

// handshakesOf returns those of one request with credentials, and its answer.
func handshakesOf(c auth.Credentials, ending auth.Ending, o auth.Outcome) (out []report.Handshake) {
	a := analysis.New(analysis.Options{}, analysis.Output{Handshake: func(h *report.Handshake) { out = append(out, *h) }})
	conn := &auth.Conn{
		ID: 1, FromStart: true, KnownFirst: true, First: [2]uint32{1, 2},
		Client: netip.MustParseAddrPort("10.9.0.10:51000"), Server: netip.MustParseAddrPort("10.9.0.20:80"),
	}
	x := analysistest.Request(conn, 0, capture.Stamp{Frame: 1, Time: 1e18}, c)
	a.Request(x)
	x.Ending, x.Result = ending, auth.Result{Outcome: o, Code: 7, Text: "7"}
	if ending == auth.Answered {
		at := capture.Stamp{Frame: 2, Time: 1e18 + 1e6}
		x.Response = auth.Message{First: at, Stamp: at}
	}
	a.Exchange(x)
	a.Closed(conn, capture.Stamp{Frame: 3, Time: 1e18 + 2e6}, capture.Finished, false)
	a.End(nil)
	return out
}
