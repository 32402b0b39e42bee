package analysis

import (
	"bytes"
	"fmt"
	"ntlmtrace/analysis/report"
)

var authNotPersisted = &Rule{
	Rule: report.Rule{
		ID: "auth-not-persisted", Title: "Logon forgotten on the same connection", Severity: report.Low,
		Evidence:   "A logon was accepted on the connection, and a later request on it without Authorization is answered 401.",
		NotIf:      "Another application pool behind another path; a time limit; identity-bleed, where another client's request came over the connection.",
		Why:        "The server asks for the logon again on a connection that had one.",
		Fix:        "Check authPersistSingleRequest and authPersistNonNTLM, and whether the paths belong to different application pools.",
		Log:        "IIS log: 401 2 5 on a connection that has a user name before",
		References: []string{"MS-N2HT 3.2.5", "MS-N2HT 2.2.2"},
	},
	Fold: byClientServers,
	OnExchange: func(ix *Index, v *Visit) []*Finding {
		h := v.before
		if h == nil || h.mech != mechNTLM && h.mech != mechKerberos || v.x.Response.Status != 401 || len(v.x.Request.Credentials) > 0 ||
			!v.x.Request.Stamp.Seen() || v.leg.forgotten || v.keptLogon() {
			return nil
		}
		v.leg.forgotten = true
		f := ix.finding(report.Likely.Lower(v.x.Gap), h.client(), h.Account(), h)
		after := seconds(elapsed(h.resulted, v.x.Request.Stamp.Time))
		f.Summary = fmt.Sprintf("%s from %s: %s asks again on the connection that was logged on %s before", h.who(), h.client(), ix.serverText(h), after)
		f.Evidence = append(ix.showAll(h, ""), ix.showVisit(v, ", no credentials")...)
		switch {
		case h.persistent < 0:
			f.detail += " It had said so: Persistent-Auth: false."
			f.Confidence = report.Sure
		case !bytes.Equal(v.leg.prefix, pathPrefix([]byte(" "+v.x.Request.Target))):
			f.detail += " The request is for another path: perhaps another application pool."
		}
		return ix.one(f)
	},
}

// pathPrefix gives the first part of the path in "METHOD /first/rest".
func pathPrefix(target []byte) []byte {
	path := target[max(0, bytes.IndexByte(target, ' ')):]
	first := bytes.IndexByte(path, '/')
	if first < 0 {
		return path
	}
	if second := bytes.IndexByte(path[first+1:], '/'); second >= 0 {
		return path[:first+1+second]
	}
	return path
}
