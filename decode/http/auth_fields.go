package http

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/token"
)

// maxScheme is how much of an unknown scheme's name is kept.
const maxScheme = 32

// canonicalScheme returns the spelling in which scheme is registered or, for
// NTLM, documented; one that is not known stays as it is.
func canonicalScheme[T string | []byte](scheme T) string {
	known := ""
	switch len(scheme) {
	case len("NTLM"):
		known = "NTLM"
	case len("Basic"):
		known = "Basic"
	case len("Digest"): // or Bearer
		known = "Digest"
		if scheme[0]|0x20 == 'b' {
			known = "Bearer"
		}
	case len("Negotiate"):
		known = "Negotiate"
	}
	if string(scheme) == known || known != "" && strings.EqualFold(string(scheme), known) {
		return known
	}
	return string(scheme[:min(len(scheme), maxScheme)])
}

// plainField cuts the value of an authentication field into a scheme and what
// follows it, which is a token68 in nearly all that matter. It is nil for a
// value that does not begin with a scheme of its own.
func plainField(value []byte) (scheme, rest []byte) {
	n := tokenLen(value)
	rest = trimLeft(value[n:])
	if n+len(rest) == len(value) && len(rest) > 0 {
		return nil, nil
	}
	return value[:n], rest
}

// readCredentials reads the value of an Authorization or Proxy-Authorization
// field, and appends what it finds to list. There should be one set of
// credentials in it. negotiated are the flags of the CHALLENGE that NTLM
// credentials answer; 0 if none was seen.
func (s *scratch) readCredentials(list []auth.Credentials, value []byte, proxy bool, negotiated ntlm.Flags) ([]auth.Credentials, []string) {
	// One scheme with its token, of which listCredentials is the general case.
	if scheme, rest := plainField(value); len(rest) > 0 {
		switch name := canonicalScheme(scheme); name {
		case "NTLM", "Negotiate":
			if t, ok := s.ParseProper(name, rest, negotiated); ok {
				return append(list, auth.Credentials{Session: sessions[side(proxy)], Scheme: name, Token: t}), t.Problems
			}
		case "Basic":
			if b := s.ParseProperBasic(rest); b != nil {
				return append(list, auth.Credentials{Session: sessions[side(proxy)], Scheme: name, Basic: b}), nil
			}
		}
	}
	return s.listCredentials(list, value, proxy, negotiated)
}

// listCredentials is readCredentials for any value.
func (s *scratch) listCredentials(list []auth.Credentials, value []byte, proxy bool, negotiated ntlm.Flags) ([]auth.Credentials, []string) {
	var problems []string
	items, odd := parseAuth(string(value))
	for _, item := range items {
		cr := auth.Credentials{Session: sessions[side(proxy)], Scheme: canonicalScheme(item.scheme)}
		switch cr.Scheme {
		case "NTLM", "Negotiate":
			if cr.Token = s.Parse(cr.Scheme, []byte(item.token), negotiated); cr.Token != nil {
				problems = append(problems, cr.Token.Problems...)
			}
		case "Basic":
			var more []string
			cr.Basic, more = token.ParseBasic(item.token, "")
			problems = append(problems, more...)
		case "Digest":
			cr.User = digestUser(&item)
		}
		list = append(list, cr)
	}
	return list, oddField(problems, odd, len(items))
}

// readChallenges reads the value of a WWW-Authenticate or Proxy-Authenticate
// field, and appends what it finds to list.
func (s *scratch) readChallenges(list []auth.Challenge, value []byte, proxy bool) ([]auth.Challenge, []string) {
	// One scheme with its token or an offer of it alone, of which
	// listChallenges is the general case.
	if scheme, rest := plainField(value); len(scheme) > 0 {
		switch name := canonicalScheme(scheme); {
		case len(rest) == 0:
			return append(list, auth.Challenge{Session: sessions[side(proxy)], Scheme: name}), nil
		case name == "NTLM", name == "Negotiate":
			if t, ok := s.ParseProper(name, rest, 0); ok {
				return append(list, auth.Challenge{Session: sessions[side(proxy)], Scheme: name, Token: t}), t.Problems
			}
		}
	}
	return s.listChallenges(list, value, proxy)
}

// listChallenges is readChallenges for any value.
func (s *scratch) listChallenges(list []auth.Challenge, value []byte, proxy bool) ([]auth.Challenge, []string) {
	var problems []string
	items, odd := parseAuth(string(value))
	for _, item := range items {
		ch := auth.Challenge{Session: sessions[side(proxy)], Scheme: canonicalScheme(item.scheme)}
		ch.Realm, _ = item.param("realm")
		if ch.Scheme == "NTLM" || ch.Scheme == "Negotiate" {
			if ch.Token = s.Parse(ch.Scheme, []byte(item.token), 0); ch.Token != nil {
				problems = append(problems, ch.Token.Problems...)
			}
		}
		list = append(list, ch)
	}
	return list, oddField(problems, odd, len(items))
}

// oddField adds what is wrong with a field as a whole.
func oddField(problems []string, odd bool, items int) []string {
	switch {
	case odd:
		return append(problems, "not a proper list of schemes with a token or parameters")
	case items == 0:
		return append(problems, "empty")
	}
	return problems
}

// digestUser returns the username of Digest credentials, RFC 7616 section 3.4,
// or what username* says in the notation of RFC 8187 section 3.2.
func digestUser(a *authItem) string {
	ext, ok := a.param("username*")
	if !ok {
		user, _ := a.param("username")
		return user
	}
	charset, rest, _ := strings.Cut(ext, "'")
	_, text, ok := strings.Cut(rest, "'")
	user, err := url.PathUnescape(text)
	if !ok || err != nil || !strings.EqualFold(charset, "UTF-8") || !utf8.ValidString(user) {
		return ext
	}
	return user
}
