package affinity

import (
	"fmt"
	"time"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/capture"
)

// ConnectionClosedMidHandshake is the rule connection-closed-mid-handshake:
// "Connection closed during the handshake".
var ConnectionClosedMidHandshake = &trace.Rule{
	Rule: report.Rule{
		ID: "connection-closed-mid-handshake", Title: "Connection closed during the handshake", Severity: report.Medium,
		Evidence:   "The connection ended between CHALLENGE and AUTHENTICATE, or the answer with the CHALLENGE announced it (Connection: close, HTTP/1.0), and the client began again.",
		NotIf:      "The user typed a password for longer than a minute. A Connection: close on the first bare 401 or 407 is normal for some proxies.",
		Why:        "The CHALLENGE can only be answered on the connection that brought it. It was closed, so every try ends in another 401.",
		Fix:        "Enable keep-alive on the server and on every proxy on the way.",
		Log:        "IIS log: 401 1 2148074254 again and again, no entry with a user name",
		References: []string{"RFC 9112 9.3", "RFC 4559 6"},
	},
	Cause: true, Fold: trace.ByClientServers,
	New: func(*trace.Index) trace.Questions {
		closed := recent.New[*trace.Hop, int](1 << 12) // connections that ended between CHALLENGE and AUTHENTICATE, since a logon was accepted
		return trace.Questions{OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Outcome == report.Accepted {
				closed.Delete(h.Conn.Hop)
				return nil
			}
			if h.Outcome != report.Incomplete || h.Frames.Challenge == 0 || h.Frames.Authenticate != 0 || !h.Extra().HasEnd || h.Extra().Ended == capture.CaptureEnd || ix.Named(h, "handshake-split") {
				return nil
			}
			hop := h.Conn.Hop
			waited := trace.Elapsed(h.ChallengedAt, h.Extra().EndedAt)
			closed.Set(hop, closed.Get(hop)+1)
			again := hop.LastBegun > h.ChallengedAt
			switch {
			case hop.LastAccepted > h.ChallengedAt || !again || waited > time.Minute:
				return nil
			case h.Closing:
			case closed.Get(hop) < 2 && h.Extra().Ended != capture.Reset:
				return nil // browsers give up one of several parallel handshakes
			}
			f := ix.NewFinding(report.Sure, h.Client(), "", h)
			f.Explains = []*trace.Handshake{h}
			f.Summary = fmt.Sprintf("%s to %s: the connection ended after the CHALLENGE, before it could be answered", h.Client(), ix.ServerText(h))
			how := "the connection was then " + h.Extra().Ended.String()
			if h.Closing {
				how = "and announced the end of the connection"
			}
			f.Evidence = []report.Evidence{ix.Show(h, h.Frames.Challenge, false, "%s with a CHALLENGE; %s after %s", h.ResultText, how, trace.Seconds(waited))}
			return ix.One(f)
		}}
	},
}
