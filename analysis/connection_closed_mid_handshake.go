package analysis

import (
	"fmt"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
)

var connectionClosedMidHandshake = &Rule{
	Rule: report.Rule{
		ID: "connection-closed-mid-handshake", Title: "Connection closed during the handshake", Severity: report.Medium,
		Evidence:   "The connection ended between CHALLENGE and AUTHENTICATE, or the answer with the CHALLENGE announced it (Connection: close, HTTP/1.0), and the client began again.",
		NotIf:      "The user typed a password for longer than a minute. A Connection: close on the first bare 401 or 407 is normal for some proxies.",
		Why:        "The CHALLENGE can only be answered on the connection that brought it. It was closed, so every try ends in another 401.",
		Fix:        "Enable keep-alive on the server and on every proxy on the way.",
		Log:        "IIS log: 401 1 2148074254 again and again, no entry with a user name",
		References: []string{"RFC 9112 9.3", "RFC 4559 6"},
	},
	Cause: true, Fold: byClientServers,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if h.Outcome != report.Incomplete || h.Frames.Challenge == 0 || h.Frames.Authenticate != 0 || !h.facts().hasEnd || h.facts().ended == capture.CaptureEnd || h.elsewhere {
			return nil
		}
		hop := h.leg.hop
		waited := elapsed(h.challenged, h.facts().endedAt)
		hop.closed = min(hop.closed+1, 2)
		again := hop.lastBegun > h.challenged
		switch {
		case hop.lastAccepted > h.challenged || !again || waited > time.Minute:
			return nil
		case h.closing:
		case hop.closed < 2 && h.facts().ended != capture.Reset:
			return nil // browsers give up one of several parallel handshakes
		}
		hop.saidClosed = true
		f := ix.finding(report.Sure, h.client(), "", h)
		f.explains = []*handshakeState{h}
		f.Summary = fmt.Sprintf("%s to %s: the connection ended after the CHALLENGE, before it could be answered", h.client(), ix.serverText(h))
		how := "the connection was then " + h.facts().ended.String()
		if h.closing {
			how = "and announced the end of the connection"
		}
		f.Evidence = []report.Evidence{ix.show(h, h.Frames.Challenge, false, "%s with a CHALLENGE; %s after %s", statusText(int(h.Status)), how, seconds(waited))}
		return ix.one(f)
	},
}
