package quality

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// AuthorizationDenied is the rule authorization-denied: "Logon worked, access
// refused".
var AuthorizationDenied = &trace.Rule{
	Rule: report.Rule{
		ID: "authorization-denied", Title: "Logon worked, access refused", Severity: report.Low,
		Evidence:   "A 401 or 403 to a logon with Persistent-Auth: true, or a 401 for an account that the same connection accepted for another URL.",
		NotIf:      "wrong-credentials looks alike where the server does not say more than 401.",
		Why:        "The credentials were good; an access list refused this user here.",
		Fix:        "Check the NTFS permissions and the authorization rules of the URL for this account.",
		Log:        "IIS log: 401 3",
		References: []string{"RFC 9110 15.5.4", "MS-N2HT 2.2.2"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			if h.Frames.Authenticate == 0 || h.Session.Proxy || h.Relation != nil || h.Anonymous {
				return nil
			}
			// An AUTHENTICATE alone on a connection that has an identity is a
			// stale token.
			known := h.Answer == auth.Denied && h.AcceptedBefore && (h.Mechanism != trace.NTLM || h.Frames.Challenge != 0)
			if !known && !((h.Answer == auth.AcceptedForbidden || h.Answer == auth.Denied) && h.Confirmed && !h.SingleRequest) {
				return nil
			}
			f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
			f.Explains = []*trace.Handshake{h}
			f.Summary = fmt.Sprintf("%s from %s: %s accepted the logon and refused %s", h.Who(), h.Client(), ix.ServerText(h), h.Target())
			f.Evidence = ix.ShowAll(h, "")
			return ix.One(f)
		},
		OnExchange: func(ix *trace.Index, x *trace.Exchange) []*trace.Finding {
			h := x.Before
			if h == nil || len(x.Auth.Request.Credentials) > 0 || !x.KeptLogon() {
				return nil
			}
			f := ix.NewFinding(report.Likely.Lower(x.Auth.Gap), h.Client(), h.Account(), h)
			f.Summary = fmt.Sprintf("%s from %s: %s knows the user and refused %s", h.Who(), h.Client(), ix.ServerText(h), trace.TargetText(x.Auth))
			f.Evidence = append(ix.ShowAll(h, ""), ix.ShowExchange(x, " on the same connection")...)
			return ix.One(f)
		},
	},
}
