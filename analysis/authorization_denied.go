package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var authorizationDenied = &Rule{
	Rule: report.Rule{
		ID: "authorization-denied", Title: "Logon worked, access refused", Severity: report.Low,
		Evidence:   "A 401 or 403 to a logon with Persistent-Auth: true, or a 401 for an account that the same connection accepted for another URL.",
		NotIf:      "wrong-credentials looks alike where the server does not say more than 401.",
		Why:        "The credentials were good; an access list refused this user here.",
		Fix:        "Check the NTFS permissions and the authorization rules of the URL for this account.",
		Log:        "IIS log: 401 3",
		References: []string{"RFC 9110 15.5.4", "MS-N2HT 2.2.2"},
	},
	Cause: true, Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if h.Frames.Authenticate == 0 || h.Proxy || h.relation != nil || h.Anonymous {
			return nil
		}
		// An AUTHENTICATE alone on a connection that has an identity is a stale token.
		known := h.Status == 401 && h.acceptedBefore && (h.mech != mechNTLM || h.Frames.Challenge != 0)
		if !known && !(h.persistent > 0 && (h.Status == 401 || h.Status == 403)) {
			return nil
		}
		f := ix.finding(report.Likely, h.client(), h.Account(), h)
		f.explains = []*handshakeState{h}
		f.Summary = fmt.Sprintf("%s from %s: %s accepted the logon and refused %s", h.who(), h.client(), ix.serverText(h), h.target())
		f.Evidence = ix.showAll(h, "")
		return ix.one(f)
	},
	OnExchange: func(ix *Index, v *Visit) []*Finding {
		h := v.before
		if h == nil || len(v.x.Request.Credentials) > 0 || !v.keptLogon() {
			return nil
		}
		f := ix.finding(report.Likely.Lower(v.x.Gap), h.client(), h.Account(), h)
		f.Summary = fmt.Sprintf("%s from %s: %s knows the user and refused %s %s", h.who(), h.client(), ix.serverText(h), v.x.Request.Method, clip(v.x.Request.Target, 80))
		f.Evidence = append(ix.showAll(h, ""), ix.showVisit(v, " on the same connection")...)
		return ix.one(f)
	},
}

// keptLogon reports whether a refusal says that the logon of the connection
// still counts, MS-N2HT section 2.2.2.
func (v *Visit) keptLogon() bool {
	r := &v.x.Response
	return (r.Status == 401 || r.Status == 403) && persistent(r) > 0
}
