package decode

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"ntlmtrace/decode/ntlm"
)

// schemes in the case in which they are registered or, for NTLM, documented.
var schemes = []string{"NTLM", "Negotiate", "Basic", "Digest", "Bearer"}

// maxScheme is how much of an unknown scheme's name is kept.
const maxScheme = 32

// canonicalScheme gives the usual spelling of scheme; one that is not known
// stays as it is.
func canonicalScheme(scheme string) string {
	i := slices.IndexFunc(schemes, func(s string) bool { return strings.EqualFold(s, scheme) })
	if i < 0 {
		return scheme[:min(len(scheme), maxScheme)]
	}
	return schemes[i]
}

// parseCredentials reads the value of an Authorization or Proxy-Authorization
// field. There should be one set of credentials in it. negotiated are the flags
// of the CHALLENGE that NTLM credentials answer; 0 if none was seen.
func parseCredentials(value string, proxy bool, negotiated ntlm.Flags) ([]Credentials, []string) {
	var problems []string
	items, odd := parseAuth(value)
	list := make([]Credentials, 0, len(items))
	for _, item := range items {
		cr := Credentials{Proxy: proxy, Scheme: canonicalScheme(item.scheme)}
		switch cr.Scheme {
		case "NTLM", "Negotiate":
			if cr.Token = ParseToken(cr.Scheme, item.token, negotiated); cr.Token != nil {
				problems = append(problems, cr.Token.Problems...)
			}
		case "Basic":
			var more []string
			cr.Basic, more = ParseBasic(item.token, "")
			problems = append(problems, more...)
		case "Digest":
			cr.User = digestUser(&item)
		}
		list = append(list, cr)
	}
	return list, oddField(problems, odd, len(items))
}

// parseChallenges reads the value of a WWW-Authenticate or Proxy-Authenticate
// field.
func parseChallenges(value string, proxy bool) ([]Challenge, []string) {
	var problems []string
	items, odd := parseAuth(value)
	list := make([]Challenge, 0, len(items))
	for _, item := range items {
		ch := Challenge{Proxy: proxy, Scheme: canonicalScheme(item.scheme)}
		ch.Realm, _ = item.param("realm")
		if ch.Scheme == "NTLM" || ch.Scheme == "Negotiate" {
			if ch.Token = ParseToken(ch.Scheme, item.token, 0); ch.Token != nil {
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

// digestUser gives the username of Digest credentials, RFC 7616 section 3.4,
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
