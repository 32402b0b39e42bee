package affinity

import (
	"fmt"
	"time"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/capture"
)

// HandshakeAbandoned is the rule handshake-abandoned: "Challenge never
// answered".
var HandshakeAbandoned = &trace.Rule{
	Rule: report.Rule{
		ID: "handshake-abandoned", Title: "Challenge never answered", Severity: report.Low,
		Evidence:   "The client got a CHALLENGE and sent no AUTHENTICATE to that server on any connection afterwards, nor was it accepted there shortly before.",
		NotIf:      "The client was accepted by that server on another connection: then a browser gave up one of several handshakes. The connection was closed by somebody else (connection-closed-mid-handshake); the capture ended.",
		Why:        "The user cancelled the prompt, outgoing NTLM is restricted on the client, or the client does not trust the server with its credentials.",
		Fix:        "Look at the client: policy \"Restrict NTLM: Outgoing NTLM traffic\", the browser's zone, saved credentials.",
		Log:        "Client: Microsoft-Windows-NTLM/Operational events 4001, 8001",
		References: []string{"MS-NLMP 3.1.5.1.2"},
	},
	Fold: trace.ByClientServers,
	New: func(*trace.Index) trace.Questions {
		a := abandonments{recent.New[trace.Place, []*trace.Finding](1 << 12)}
		return trace.Questions{OnHandshake: a.onHandshake, OnSettled: a.onSettled}
	},
}

// abandonments are the withdrawals of what was reported about each place.
type abandonments struct {
	byPlace *recent.Map[trace.Place, []*trace.Finding]
}

// onHandshake withdraws what was reported if the client answers a CHALLENGE of
// the same server after all: a prompt may stay open for long.
func (a abandonments) onHandshake(_ *trace.Index, h *trace.Handshake) []*trace.Finding {
	if h.Frames.Authenticate == 0 || h.Phase >= trace.Expired {
		return nil
	}
	place := h.Place()
	withdrawals := a.byPlace.Get(place)
	if len(withdrawals) == 0 || trace.Elapsed(withdrawals[len(withdrawals)-1].About[0].Until(), h.Time) > trace.WindowLength {
		return nil
	}
	a.byPlace.Delete(place)
	return withdrawals
}

func (a abandonments) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if h.Outcome == report.Accepted || h.Frames.Challenge == 0 || h.Frames.Authenticate != 0 {
		return nil
	}
	place, last := h.Place(), ix.TimesAt(h.Place())
	if last.Presented >= h.ChallengedAt || last.Accepted != 0 && h.ChallengedAt-last.Accepted <= int64(trace.WindowLength) {
		return nil
	}
	if h.Extra().Cause != 0 || ix.NamedHop(place.Hop, "connection-closed-mid-handshake") || ix.Named(h, "handshake-split") || !h.Extra().HasEnd || h.Extra().Ended == capture.CaptureEnd {
		return nil
	}
	waited := trace.Elapsed(h.ChallengedAt, h.Extra().EndedAt)
	f := ix.NewFinding(report.Likely, h.Client(), "", h)
	f.Summary = fmt.Sprintf("%s got a CHALLENGE from %s and never answered it", h.Client(), ix.ServerText(h))
	if waited > 2*time.Second {
		f.Summary += fmt.Sprintf("; it waited %s: a prompt", trace.Seconds(waited))
	}
	f.Evidence = []report.Evidence{ix.Show(h, h.Frames.Challenge, false, "%s with a CHALLENGE; the connection ended %s later without an answer", h.ResultText, trace.Seconds(waited))}
	if list := a.byPlace.Get(place); len(list) < maxWithdrawals {
		a.byPlace.Set(place, append(list, ix.WithdrawalOf(f)))
	}
	return ix.One(f)
}
