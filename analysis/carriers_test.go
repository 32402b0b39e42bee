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
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/token"
)

// carrier is what the analysis is told of a protocol that it does not know.
type carrier struct {
	name     string
	port     uint16
	sessions [2]auth.Session // two logons on one connection
	target   auth.Target
	refused  auth.Result
}

// carriers are made up, with the numbers that the protocols of these names have.
var carriers = []carrier{
	{
		"smtp", 25, [2]auth.Session{{ID: 1}, {ID: 2}},
		auth.Target{Service: "SMTP", Host: "mail01", Verb: "AUTH"}, auth.Result{Code: 535, Text: "535 5.7.3 Authentication unsuccessful"},
	},
	{
		"smb2", 445, [2]auth.Session{{ID: 0x400000000001, Binding: auth.BySession}, {ID: 0x400000000005, Binding: auth.BySession}},
		auth.Target{Service: "cifs", Host: "fs01", Name: `\\FS01\share`}, auth.Result{Code: 0xC000006D, Text: "STATUS_LOGON_FAILURE"},
	},
	{
		"tds", 1433, [2]auth.Session{{ID: 51}, {ID: 52}},
		auth.Target{Service: "MSSQLSvc", Host: "db01", Name: "database payroll"}, auth.Result{Code: 18456, Text: "Login failed for user"},
	},
	{
		"ldap", 389, [2]auth.Session{{ID: 2}, {ID: 7}},
		auth.Target{Service: "ldap", Host: "dc01", Verb: "bind"}, auth.Result{Code: 49, Text: "invalidCredentials"},
	},
	{
		"dcerpc", 135, [2]auth.Session{{ID: 1, Binding: auth.BySession}, {ID: 2, Binding: auth.BySession}},
		auth.Target{Service: "host", Host: "dc01", Name: "epmapper"}, auth.Result{Code: 5, Text: "ERROR_ACCESS_DENIED"},
	},
}

// logon plays logons of one client on one connection to an analysis.
type logon struct {
	carrier
	*analysis.Analysis
	conn  *auth.Conn
	at    capture.Stamp
	index int
}

func (l *logon) stamp() capture.Stamp {
	l.at.Frame++
	l.at.Time += 1e6
	return l.at
}

// exchange plays a message of a session and what it is answered.
func (l *logon) exchange(s auth.Session, request *token.Token, challenge *token.Token, r auth.Result) {
	at := l.stamp()
	x := &auth.Exchange{
		Conn: l.conn, Carrier: l.name, Index: l.index, Kind: auth.Logon, Session: s, Target: l.target,
		Request: auth.Message{First: at, Stamp: at, Credentials: []auth.Credentials{{Session: s, Scheme: "NTLM", Token: request}}},
	}
	l.index++
	l.Request(x)
	at, x.Result = l.stamp(), r
	x.Ending = auth.CaptureEnded
	if r.Outcome != auth.None {
		x.Ending = auth.Answered
		x.Response = auth.Message{First: at, Stamp: at}
		if challenge != nil {
			x.Response.Challenges = []auth.Challenge{{Session: s, Scheme: "NTLM", Token: challenge}}
		}
	}
	l.Exchange(x)
}

// negotiate plays a NEGOTIATE and its CHALLENGE.
func (l *logon) negotiate(s auth.Session) {
	challenge := &ntlm.Challenge{ServerChallenge: [8]byte{byte(l.index + 1), byte(s.ID)}}
	l.exchange(s, &token.Token{Negotiate: new(ntlm.Negotiate)}, &token.Token{Challenge: challenge}, auth.Result{Outcome: auth.More, Code: 1, Text: "more"})
}

// authenticate plays an AUTHENTICATE of a user and its answer.
func (l *logon) authenticate(s auth.Session, user string, r auth.Result) {
	m := &ntlm.Authenticate{
		User: user, Domain: "CORP", Workstation: "PC-1", Flags: ntlm.NegotiateNTLM,
		NTResponse: slices.Repeat([]byte{byte(l.index + 1)}, 40), NTProofStr: slices.Repeat([]byte{byte(l.index + 1)}, 16),
	}
	l.exchange(s, &token.Token{Authenticate: m}, nil, r)
}

// play returns what an analysis says of a connection of the carrier.
func (c carrier) play(talk func(*logon)) *analysistest.Result {
	out := new(analysistest.Result)
	l := &logon{carrier: c, at: capture.Stamp{Time: 1e18}}
	l.Analysis = analysis.New(analysis.Options{}, analysis.Output{
		Handshake: func(h *report.Handshake) { out.Handshakes = append(out.Handshakes, *h) },
	})
	l.conn = &auth.Conn{
		ID: 1, FromStart: true, KnownFirst: true, First: [2]uint32{1, 2},
		Client: netip.MustParseAddrPort("10.9.0.10:51000"), Server: netip.AddrPortFrom(netip.MustParseAddr("10.9.0.20"), c.port),
	}
	talk(l)
	l.Closed(l.conn, l.stamp(), capture.Finished, false)
	out.Report = l.End(nil)
	return out
}

// answered returns the result of the carrier with another outcome and code.
func (c carrier) answered(o auth.Outcome) auth.Result {
	r := c.refused
	r.Outcome, r.Failed = o, o != auth.Accepted
	if o.LoggedOn() {
		r.Code, r.Text = 0, "OK"
	}
	return r
}

// TestUnknownCarriers gives logons of protocols that nothing in the analysis
// knows. Two sessions of one connection are two logons, and the number of a
// status means nothing: only the outcome does.
func TestUnknownCarriers(t *testing.T) {
	for _, c := range carriers {
		t.Run(c.name, func(t *testing.T) {
			one, other := c.sessions[0], c.sessions[1]
			r := c.play(func(l *logon) {
				l.negotiate(one)
				l.negotiate(other)
				l.authenticate(other, "bob", c.answered(auth.Denied))
				l.authenticate(one, "alice", c.answered(auth.Accepted))
			})
			type got struct {
				user    string
				outcome report.Outcome
				status  uint32
				frames  report.Frames
			}
			want := []got{
				{"alice", report.Accepted, 0, report.Frames{Request: 1, Negotiate: 1, Challenge: 2, Authenticate: 7, Result: 8}},
				{"bob", report.Denied, c.refused.Code, report.Frames{Request: 3, Negotiate: 3, Challenge: 4, Authenticate: 5, Result: 6}},
			}
			if len(r.Handshakes) != len(want) {
				t.Fatalf("%d handshakes: %+v", len(r.Handshakes), r.Handshakes)
			}
			for i, w := range want {
				h := &r.Handshakes[i]
				if g := (got{h.User, h.Outcome, uint32(h.Status), h.Frames}); g != w {
					t.Errorf("%+v, want %+v", g, w)
				}
				if h.Carrier != c.name || h.Mechanism != "NTLM" || h.Host != c.target.Host || h.Target != c.target.String() || h.Proxy {
					t.Errorf("%+v", h)
				}
			}
			if len(r.Findings) != 1 {
				t.Fatalf("%q, want wrong-credentials", analysistest.Said(r.Findings))
			}
			if f := r.Findings[0]; f.Rule.ID != "wrong-credentials" || f.User != `CORP\bob` || f.Count != 1 || !slices.Equal(f.Handshakes, []int64{2}) ||
				!slices.ContainsFunc(f.Evidence, func(e report.Evidence) bool { return e.Frame == 6 }) {
				t.Errorf("%+v", f)
			}
			if s := r.Summary; s.Handshakes != 2 || s.Accepted != 1 || s.Denied != 1 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestOutcomes answers the AUTHENTICATE of every carrier in every way. What is
// not known is never accepted.
func TestOutcomes(t *testing.T) {
	for _, c := range carriers {
		for o, want := range map[auth.Outcome]struct {
			report.Outcome
			problem string
		}{
			auth.None:              {report.Unknown, "capture ended before the answer"},
			auth.More:              {report.Incomplete, "the server asked for another message"},
			auth.Accepted:          {Outcome: report.Accepted},
			auth.AcceptedForbidden: {Outcome: report.Accepted},
			auth.AcceptedError:     {Outcome: report.Accepted},
			auth.Denied:            {Outcome: report.Denied},
			auth.Unknown:           {report.Unknown, "the status says nothing about the credentials"},
			auth.Outcome(200):      {report.Unknown, "the status says nothing about the credentials"},
		} {
			t.Run(c.name+" "+o.String(), func(t *testing.T) {
				r := c.play(func(l *logon) {
					l.negotiate(c.sessions[0])
					l.authenticate(c.sessions[0], "alice", c.answered(o))
				})
				if len(r.Handshakes) != 1 {
					t.Fatalf("%+v", r.Handshakes)
				}
				h := &r.Handshakes[0]
				var problems []string
				if want.problem != "" {
					problems = []string{want.problem}
				}
				if h.Outcome != want.Outcome || !slices.Equal(h.Problems, problems) {
					t.Errorf("%v, %q; want %v, %q", h.Outcome, h.Problems, want.Outcome, problems)
				}
				refused := slices.ContainsFunc(r.Findings, func(f *report.Finding) bool { return f.Rule.ID == "wrong-credentials" })
				if refused != (o == auth.Denied) {
					t.Errorf("%q", analysistest.Said(r.Findings))
				}
			})
		}
	}
}

// TestHandshakeStops ends the connection of every carrier behind a CHALLENGE,
// and answers a NEGOTIATE with a refusal: neither is a logon.
func TestHandshakeStops(t *testing.T) {
	for _, c := range carriers {
		for name, test := range map[string]struct {
			talk   func(*logon)
			status uint32
			why    string
		}{
			"no AUTHENTICATE": {func(l *logon) { l.negotiate(c.sessions[0]) }, 1, "the connection ended first: finished"},
			"no CHALLENGE": {func(l *logon) {
				l.exchange(c.sessions[0], &token.Token{Negotiate: new(ntlm.Negotiate)}, nil, c.answered(auth.Denied))
			}, c.refused.Code, "the NEGOTIATE was not answered with a CHALLENGE"},
		} {
			t.Run(c.name+" "+name, func(t *testing.T) {
				hs := c.play(test.talk).Handshakes
				if len(hs) != 1 || hs[0].Outcome != report.Incomplete || uint32(hs[0].Status) != test.status || !slices.Equal(hs[0].Problems, []string{test.why}) {
					t.Errorf("%+v", hs)
				}
			})
		}
	}
}

// TestPositions gives a logon from a source without packets, and a request whose
// answer it does not have: a message that is in no frame is not a missing one.
func TestPositions(t *testing.T) {
	out := new(analysistest.Result)
	a := analysis.New(analysis.Options{}, analysis.Output{
		Handshake: func(h *report.Handshake) { out.Handshakes = append(out.Handshakes, *h) },
	})
	c := &auth.Conn{ID: 1, Client: netip.MustParseAddrPort("10.9.0.10:51000"), Server: netip.MustParseAddrPort("10.9.0.20:443")}
	for i, credentials := range []*token.Token{
		{Negotiate: new(ntlm.Negotiate)},
		{Authenticate: &ntlm.Authenticate{User: "alice", Domain: "CORP", NTResponse: make([]byte, 40), NTProofStr: slices.Repeat([]byte{1}, 16)}},
	} {
		x := analysistest.Request(c, i, capture.Stamp{Time: 1e18 + int64(i)}, auth.Credentials{Scheme: "NTLM", Token: credentials})
		x.Position = auth.Position{Unit: "entry", Number: int64(17 + i)}
		a.Request(x)
		if i == 0 {
			analysistest.Answer(x, capture.Stamp{Time: 1e18 + 1}, 401, auth.Challenge{Scheme: "NTLM", Token: &token.Token{Challenge: &ntlm.Challenge{ServerChallenge: [8]byte{1}}}})
		} else {
			analysistest.Answer(x, capture.Stamp{Time: 1e18 + 3}, 200)
		}
		a.Exchange(x)
	}
	x := analysistest.Request(c, 2, capture.Stamp{Time: 1e18 + 4}, auth.Credentials{Scheme: "NTLM", Token: &token.Token{Negotiate: new(ntlm.Negotiate)}})
	x.Position, x.Ending = auth.Position{Unit: "entry", Number: 19}, auth.ClosedEarly
	a.Request(x)
	a.Exchange(x)
	a.Closed(c, capture.Stamp{Time: 1e18 + 5}, capture.Finished, false)
	a.End(nil)
	if len(out.Handshakes) != 2 {
		t.Fatalf("%+v", out.Handshakes)
	}
	if h, want := out.Handshakes[0], (report.Frames{Request: 17, Negotiate: 17, Challenge: 17, Authenticate: 18, Result: 18}); h.User != "alice" || h.Outcome != report.Accepted || h.Frames != want {
		t.Errorf("%+v", h)
	}
	if h, want := out.Handshakes[1], (report.Frames{Request: 19, Negotiate: 19}); h.Outcome != report.Incomplete || h.Frames != want {
		t.Errorf("%+v", h)
	}
}
