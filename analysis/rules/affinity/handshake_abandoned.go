package affinity

import (
	"fmt"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/capture"
)

// HandshakeAbandoned is the rule handshake-abandoned: "Challenge never
// answered".
var HandshakeAbandoned = &trace.Rule{
	Rule: report.Rule{
		ID: "handshake-abandoned", Title: "Challenge never answered", Severity: report.Low,
		Evidence:   "The client got a CHALLENGE and sent no AUTHENTICATE to that server on any connection afterwards.",
		NotIf:      "The connection was closed by somebody else (connection-closed-mid-handshake); the capture ended.",
		Why:        "The user cancelled the prompt, outgoing NTLM is restricted on the client, or the client does not trust the server with its credentials.",
		Fix:        "Look at the client: policy \"Restrict NTLM: Outgoing NTLM traffic\", the browser's zone, saved credentials.",
		Log:        "Client: Microsoft-Windows-NTLM/Operational events 4001, 8001",
		References: []string{"MS-NLMP 3.1.5.1.2"},
	},
	Fold: trace.ByClientServers,
	New: func(*trace.Index) trace.Questions {
		last := map[*trace.Hop]*trace.Handshake{} // the last one of each hop whose CHALLENGE was not answered
		return trace.Questions{
			OnHandshake: func(_ *trace.Index, h *trace.Handshake) []*trace.Finding {
				if h.Outcome != report.Accepted && h.Frames.Challenge != 0 && h.Frames.Authenticate == 0 {
					last[h.Conn.Hop] = h
				}
				return nil
			},
			OnLeave: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
				p := h.Conn.Hop
				if last[p] != h {
					return nil
				}
				delete(last, p)
				if f := abandoned(ix, p, h); f != nil {
					return ix.One(f)
				}
				return nil
			},
			OnEnd: func(ix *trace.Index) []*trace.Finding {
				if ix.Reviewing {
					return nil // it is asked when the handshake leaves the window
				}
				return ix.EachHop(func(p *trace.Hop) *trace.Finding { return abandoned(ix, p, last[p]) })
			},
		}
	},
}

// abandoned returns that the last CHALLENGE on p, of h, was not answered.
func abandoned(ix *trace.Index, p *trace.Hop, h *trace.Handshake) *trace.Finding {
	if h == nil || p.LastPresented >= h.ChallengedAt || h.Extra().Cause != 0 || ix.NamedHop(p, "connection-closed-mid-handshake") || ix.Named(h, "handshake-split") || !h.Extra().HasEnd || h.Extra().Ended == capture.CaptureEnd {
		return nil
	}
	waited := trace.Elapsed(h.ChallengedAt, h.Extra().EndedAt)
	f := ix.NewFinding(report.Likely, p.Client.Addr(), "", h)
	f.Summary = fmt.Sprintf("%s got a CHALLENGE from %s and never answered it", p.Client.Addr(), ix.ServerText(h))
	if waited > 2*time.Second {
		f.Summary += fmt.Sprintf("; it waited %s: a prompt", trace.Seconds(waited))
	}
	f.Evidence = []report.Evidence{ix.Show(h, h.Frames.Challenge, false, "%s with a CHALLENGE; the connection ended %s later without an answer", h.ResultText, trace.Seconds(waited))}
	return f
}
