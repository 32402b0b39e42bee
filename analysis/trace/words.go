package trace

import (
	"fmt"
	"strings"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode"
)

// persistent reads the Persistent-Auth field, MS-N2HT section 2.2.2.
func Persistent(r *decode.Response) int8 {
	switch v := r.Field("Persistent-Auth"); {
	case strings.EqualFold(v, "true"):
		return 1
	case strings.EqualFold(v, "false"):
		return -1
	}
	return 0
}

// elapsed gives the time from a to b; never negative, for clocks go back.
func Elapsed(a, b int64) time.Duration { return time.Duration(max(b-a, 0)) }

// clip copies s, cut to n bytes.
func Clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.Clone(s)
}

// forwarding gives the fields by which a proxy or front end says for whom it asks.
func Forwarding(r *decode.Request) string {
	out := ""
	for _, name := range [...]string{"X-Forwarded-For", "Forwarded", "Via"} {
		if v := r.Field(name); v != "" {
			out += name + ": " + v + "\n"
		}
	}
	return out
}

// ownChallenge tells what challenge the connection of h had, which the token does not answer.
func (ix *Index) OwnChallenge(h *Handshake) string {
	if h.Frames.Challenge == 0 {
		return ": the same token, no challenge on this connection"
	}
	return fmt.Sprintf(": the same token, but the challenge here is that of frame %d", ix.Number(h, h.Frames.Challenge))
}

// verb says in a summary what the server did with the credentials of h.
func Verb(h *Handshake) string {
	switch {
	case h.Outcome == report.Denied:
		return "refused it"
	case h.Frames.Result == 0:
		return "gave no answer that was captured"
	}
	return "answered " + StatusText(int(h.Status))
}

// outcomeText says in a summary how the credentials of h fared.
func OutcomeText(h *Handshake) string {
	switch {
	case h.Outcome == report.Denied:
		return "was refused"
	case h.Outcome == report.Accepted:
		return "was accepted"
	case h.Frames.Result == 0:
		return "got no answer that was captured"
	}
	return "was answered " + StatusText(int(h.Status))
}

// offers reports whether the answer of v offers one of the schemes.
func OffersScheme(v *Exchange, schemes ...string) bool {
	for i := range v.Auth.Response.Challenges {
		for _, s := range schemes {
			if v.Auth.Response.Challenges[i].Scheme == s {
				return true
			}
		}
	}
	return false
}

// offerText lists the schemes that the answer of v offers.
func OfferText(v *Exchange) string {
	challenges, out := v.Auth.Response.Challenges, ""
	if len(challenges) == 1 {
		s := challenges[0].Scheme
		return schemeText(s[:min(len(s), 32)], "")
	}
	for i := range challenges {
		if i > 0 {
			out += ", "
		}
		out += Clip(challenges[i].Scheme, 32)
	}
	return out
}

// keptLogon reports whether a refusal says that the logon of the connection
// still counts, MS-N2HT section 2.2.2.
func (v *Exchange) KeptLogon() bool {
	r := &v.Auth.Response
	return (r.Status == 401 || r.Status == 403) && Persistent(r) > 0
}
