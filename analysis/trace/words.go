package trace

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/decode/auth"
)

// Elapsed returns the time from a to b, nanoseconds since 1970. It is never
// negative, for clocks go back.
func Elapsed(a, b int64) time.Duration { return time.Duration(max(b-a, 0)) }

// Clip returns a copy of s, cut to n bytes.
func Clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.Clone(s)
}

// Forwarding returns the marks by which a proxy or front end names the client
// that it asks for.
func Forwarding(x *auth.Exchange) string {
	out := ""
	for _, m := range [...]struct {
		kind auth.MarkKind
		name string
	}{{auth.ForwardedFor, "X-Forwarded-For"}, {auth.Forwarded, "Forwarded"}, {auth.Via, "Via"}} {
		if v := x.Mark(m.kind); v != "" {
			out += m.name + ": " + v + "\n"
		}
	}
	return out
}

// OwnChallenge returns in words which challenge the connection of h had, which
// the token does not answer.
func (ix *Index) OwnChallenge(h *Handshake) string {
	if h.Frames.Challenge == 0 {
		return ": the same token, no challenge on this connection"
	}
	return fmt.Sprintf(": the same token, but the challenge here is that of frame %d", ix.Number(h, h.Frames.Challenge))
}

// Verb returns the words of a summary for what the server did with the
// credentials of h: "refused it".
func Verb(h *Handshake) string {
	switch {
	case h.Outcome == report.Denied:
		return "refused it"
	case h.Frames.Result == 0:
		return "gave no answer that was captured"
	}
	return "answered " + h.ResultText
}

// OutcomeText returns the words of a summary for how the credentials of h
// fared: "was refused".
func OutcomeText(h *Handshake) string {
	switch {
	case h.Outcome == report.Denied:
		return "was refused"
	case h.Outcome == report.Accepted:
		return "was accepted"
	case h.Frames.Result == 0:
		return "got no answer that was captured"
	}
	return "was answered " + h.ResultText
}

// OffersScheme reports whether the answer of x offers one of the schemes.
func OffersScheme(x *Exchange, schemes ...string) bool {
	for i := range x.Auth.Response.Challenges {
		for _, s := range schemes {
			if x.Auth.Response.Challenges[i].Scheme == s {
				return true
			}
		}
	}
	return false
}

// OfferText returns the schemes that the answer of x offers, separated by
// commas.
func OfferText(x *Exchange) string {
	challenges, out := x.Auth.Response.Challenges, ""
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

// OfferTo returns the schemes that an answer offers for one session, separated
// by commas, each once.
func OfferTo(r *auth.Message, s auth.Session) string {
	var list []string
	for i := range r.Challenges {
		if c := &r.Challenges[i]; c.Session == s {
			list = AppendNew(list, schemeText(Clip(c.Scheme, 32), ""))
		}
	}
	return strings.Join(list, ", ")
}

// KeptLogon reports whether a refusal says that the logon of the connection
// still counts.
func (x *Exchange) KeptLogon() bool {
	r := &x.Auth.Result
	return r.Outcome == auth.AcceptedForbidden && r.Confirmed && !r.SingleRequest
}

// Asked returns the session whose logon the answer of x asks for; ok is false
// if it asks for none.
func (x *Exchange) Asked() (s auth.Session, ok bool) {
	if x.Auth.Result.Outcome != auth.Denied {
		return s, false
	}
	if challenges := x.Auth.Response.Challenges; len(challenges) > 0 {
		return challenges[0].Session, true
	}
	return x.Auth.Session, true
}

// ServerAsks reports whether the answer of x asks for a logon at the server,
// not at a proxy.
func (x *Exchange) ServerAsks() bool {
	s, ok := x.Asked()
	return ok && !s.Proxy
}

// Denied reports whether the answer of x refused it, to whomever it may be, or
// whether its server failed: what is not there, or was asked wrongly, is no such
// answer (HTTP: 401, 403, 5xx, and not 404 or 400).
func (x *Exchange) Denied() bool {
	r := &x.Auth.Result
	return x.Auth.Response.Captured() && (r.ServerError || r.Outcome == auth.Denied || r.Outcome == auth.AcceptedForbidden)
}

// Forbidden reports whether the answer of x refused it for who asked (HTTP: 401
// and 403).
func (x *Exchange) Forbidden() bool {
	r := &x.Auth.Result
	return x.Auth.Response.Captured() && (r.Outcome == auth.Denied || r.Outcome == auth.AcceptedForbidden)
}

// Challenged reports whether the answer of x carries a CHALLENGE: it is not the
// last word.
func (x *Exchange) Challenged() bool {
	for i := range x.Auth.Response.Challenges {
		if t := x.Auth.Response.Challenges[i].Token; t != nil && t.Challenge != nil {
			return true
		}
	}
	return false
}

// Failed reports whether the request of x did not get what it asked for.
func (x *Exchange) Failed() bool { return x.Auth.Result.Failed || !x.Auth.Response.Captured() }

// TargetText returns what x asks for, cut to 80 bytes.
func TargetText(x *auth.Exchange) string { return string(x.Target.AppendTo(nil, 80)) }

// PathPrefix returns the first part of the path in "METHOD /first/rest".
func PathPrefix(target []byte) []byte {
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
