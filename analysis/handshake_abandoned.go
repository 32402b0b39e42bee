package analysis

import (
	"fmt"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
)

var handshakeAbandoned = &Rule{
	Rule: report.Rule{
		ID: "handshake-abandoned", Title: "Challenge never answered", Severity: report.Low,
		Evidence:   "The client got a CHALLENGE and sent no AUTHENTICATE to that server on any connection afterwards.",
		NotIf:      "The connection was closed by somebody else (connection-closed-mid-handshake); the capture ended.",
		Why:        "The user cancelled the prompt, outgoing NTLM is restricted on the client, or the client does not trust the server with its credentials.",
		Fix:        "Look at the client: policy \"Restrict NTLM: Outgoing NTLM traffic\", the browser's zone, saved credentials.",
		Log:        "Client: Microsoft-Windows-NTLM/Operational events 4001, 8001",
		References: []string{"MS-NLMP 3.1.5.1.2"},
	},
	Fold: byClientServers,
	OnLeave: func(ix *Index, h *handshakeState) []*Finding {
		if h.leg.hop.unanswered != h {
			return nil
		}
		if f := abandoned(ix, h.leg.hop); f != nil {
			return ix.one(f)
		}
		return nil
	},
	OnEnd: func(ix *Index) []*Finding {
		if ix.reviewing {
			return nil // it is asked when the handshake leaves the window
		}
		return ix.eachHop(func(p *hopState) *Finding { return abandoned(ix, p) })
	},
}

// abandoned tells that the last CHALLENGE on p was not answered.
func abandoned(ix *Index, p *hopState) *Finding {
	h := p.unanswered
	if h == nil || p.lastPresented >= h.challenged || h.facts().cause != nil || p.saidClosed || h.elsewhere || !h.facts().hasEnd || h.facts().ended == capture.CaptureEnd {
		return nil
	}
	waited := elapsed(h.challenged, h.facts().endedAt)
	f := ix.finding(report.Likely, p.client.addr(), "", h)
	f.Summary = fmt.Sprintf("%s got a CHALLENGE from %s and never answered it", p.client.addr(), ix.serverText(h))
	if waited > 2*time.Second {
		f.Summary += fmt.Sprintf("; it waited %s: a prompt", seconds(waited))
	}
	f.Evidence = []report.Evidence{ix.show(h, h.Frames.Challenge, false, "%s with a CHALLENGE; the connection ended %s later without an answer", statusText(int(h.Status)), seconds(waited))}
	return f
}
