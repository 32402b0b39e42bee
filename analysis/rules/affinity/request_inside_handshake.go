package affinity

import (
	"fmt"
	"strings"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// RequestInsideHandshake is the rule request-inside-handshake: "Another
// client's request inside a handshake".
var RequestInsideHandshake = &trace.Rule{
	Rule: report.Rule{
		ID: "request-inside-handshake", Title: "Another client's request inside a handshake", Severity: report.High,
		Evidence:   "On one connection, between the CHALLENGE and the AUTHENTICATE that answers it, came a request of another client, by the fields in which a proxy names it (X-Forwarded-For and the like) or, without these, by its User-Agent.",
		NotIf:      "Requests of the same client in between, which do no harm. Where only User-Agent differs: one program that changes it.",
		Why:        "A proxy or balancer shares the connection to the server between its clients. NTLM logs on a connection: the server forgets the handshake with the other request, or takes one client for the other.",
		Fix:        "At the proxy: a connection of its own to the server for each client that logs on. haproxy: http-reuse never; nginx: ntlm in the upstream (nginx Plus), or stream; F5: no OneConnect; Apache httpd shares its connections: pass TCP through. Or Kerberos with a logon for each request.",
		Log:        "IIS log: 401 1 2148074248 (SEC_E_INVALID_TOKEN), or 401 1 2148074252, and the other client's request between",
		References: []string{"RFC 4559 6", "RFC 9110 16.4.2"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	New: func(*trace.Index) trace.Questions {
		p := insides{recent.New[trace.ConnKey, *inside](1 << 10)}
		return trace.Questions{OnExchange: p.exchange}
	},
}

// inside is a request that came before a CHALLENGE was answered.
type inside struct {
	challenged *trace.Handshake // whose CHALLENGE it is
	clients    trace.ClientAddresses
	agent      string
	evidence   []report.Evidence
}

// insides are such requests by their connections, one for each. Handshakes that
// nothing comes between leave nothing here.
type insides struct {
	byConn *recent.Map[trace.ConnKey, *inside]
}

func (p insides) exchange(ix *trace.Index, x *trace.Exchange) []*trace.Finding {
	if !x.Auth.Request.Captured() {
		return nil
	}
	if p.byConn.Len() > 0 {
		if b := p.byConn.Get(x.Conn.Key()); b != nil {
			if h := answering(x); h != nil {
				p.byConn.Delete(x.Conn.Key())
				return b.report(ix, x, h)
			}
		}
	}
	if h := openAt(x); h != nil {
		p.byConn.Set(x.Conn.Key(), &inside{
			challenged: h, clients: trace.ClientsOf(x.Auth), agent: strings.Clone(x.Auth.Mark(auth.Agent)),
			evidence: append([]report.Evidence{ix.ShowChallenge(h)}, ix.ShowExchange(x, "")...),
		})
	}
	return nil
}

// answering returns the handshake whose AUTHENTICATE the request of x carries;
// nil if it carries none.
func answering(x *trace.Exchange) *trace.Handshake {
	for _, h := range x.Handshakes {
		if h.Mechanism == trace.NTLM && h.Frames.Authenticate != 0 && h.Frames.Result == x.Auth.Response.Stamp.Frame {
			return h
		}
	}
	return nil
}

// openAt returns the handshake whose CHALLENGE still waits for its answer,
// or did until this request began another one; nil if there is none.
func openAt(x *trace.Exchange) *trace.Handshake {
	c := x.Conn.OpenConn
	if c == nil {
		return nil
	}
	waits := func(h *trace.Handshake) bool {
		return h != nil && h.Frames.Challenge != 0 && h.Frames.Authenticate == 0 && h.Frames.Challenge < x.Auth.Request.First.Frame
	}
	if len(x.Handshakes) > 0 {
		if waits(c.Last) && x.Handshakes[0].Frames.Negotiate != 0 && x.Handshakes[0].Frames.Authenticate == 0 {
			return c.Last
		}
		return nil
	}
	for i := range c.Sessions {
		if h := c.Sessions[i].Current; waits(h) {
			return h
		}
	}
	return nil
}

// report says that b came inside the handshake that h, the logon of x, ends.
func (b *inside) report(ix *trace.Index, x *trace.Exchange, h *trace.Handshake) []*trace.Finding {
	confidence, who := report.Likely, ""
	clients := trace.ClientsOf(x.Auth)
	mine, other, named := clients.Common(&b.clients)
	switch agent := x.Auth.Mark(auth.Agent); {
	case named && mine != other:
		confidence, who = report.Sure, fmt.Sprintf("%s, not of %s", other, mine)
	case named, b.clients.Any().IsValid() || clients.Any().IsValid(), agent == "" || b.agent == "" || agent == b.agent:
		return nil
	default:
		who = "another User-Agent"
	}
	f := ix.NewFinding(confidence, h.Client(), h.Account(), h)
	if h.Refused() {
		f.Explains = []*trace.Handshake{h}
	} else {
		f.Level(report.Medium)
		f.Subjects = []*trace.Handshake{h}
	}
	f.Summary = fmt.Sprintf("%s from %s: between the CHALLENGE of %s and its answer came a request of %s; the logon %s", h.Who(), h.Client(), ix.ServerText(h), who, trace.OutcomeText(h))
	f.Evidence = append(b.evidence[:len(b.evidence):len(b.evidence)], ix.ShowAll(h, "")...)
	return ix.One(f)
}
