package doublehop

import (
	"fmt"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// TokenForwarded is the rule double-hop-token-forwarded: "Front end forwards
// the client's NTLM token".
var TokenForwarded = &trace.Rule{
	Rule: report.Rule{
		ID: "double-hop-token-forwarded", Title: "Front end forwards the client's NTLM token", Severity: report.High,
		Evidence:   "The same NTLM response on two connections. The client of the second is the server of the first, or it sent the token while the first request was waiting. The second server had issued another challenge, or none.",
		NotIf:      "A reverse proxy that passes the server's challenge back to the client and keeps the connection: there both connections have one challenge (pass-through-proxy).",
		Why:        "The front end copied the client's Authorization field to a server that issued no such challenge. The token answers the front end's challenge only (KB183545).",
		Fix:        "Do not copy Authorization to the back end: use Kerberos delegation, or a service account, or a proxy that binds the client's connection to one connection of its own (nginx: ntlm; haproxy: http-reuse never).",
		Log:        "IIS log of the second server: 401 1 2148074248 (SEC_E_INVALID_TOKEN)",
		References: []string{"KB183545", "MS-NLMP 3.3.2", "RFC 4559 6"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	Questions: trace.Questions{
		OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
			r := h.Relation
			if r == nil || r.Kind != trace.Forwarded {
				return nil
			}
			fs := worthless(ix, h, r, fmt.Sprintf("%s from %s: the front end %s forwarded the NTLM token made for it to %s, which %s",
				r.X.Who(), r.X.Client(), ix.ServerText(r.X), ix.ServerText(h), trace.Verb(h)))
			for _, f := range fs {
				f.Fix = ""
				if r.X.Refused() || r.X.Failed {
					f.Explains = append(f.Explains, r.X) // the client sees the back end's refusal
				}
				if !ix.Machines.Same(h.Client(), r.X.Server().Addr()) {
					f.Confidence = f.Confidence.Lower(true)
				}
			}
			return fs
		},
	},
}
