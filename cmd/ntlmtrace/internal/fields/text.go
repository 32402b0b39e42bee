package fields

import (
	"fmt"
	"ntlmtrace/decode/token"
	"strings"
)

// Decode adds the fields of a token, with its scheme and the name of its
// field before it or without.
func Decode(l *List, text string, showSecrets bool) error {
	scheme, token68 := SplitToken(text)
	switch strings.ToLower(scheme) {
	case "basic":
		return decodeBasic(l, token68, showSecrets)
	case "ntlm", "negotiate", "":
	default:
		return fmt.Errorf("the scheme %q has no token that can be decoded", scheme)
	}
	t := token.Parse(scheme, token68, 0)
	if t == nil {
		return fmt.Errorf("there is no token in %q", strings.TrimSpace(text))
	}
	if !decodes(t) {
		if scheme == "" && decodeBasic(l, token68, showSecrets) == nil {
			return nil
		}
		return fmt.Errorf("no message of NTLM, Negotiate or Basic: %s", strings.Join(t.Problems, "; "))
	}
	l.token(t)
	return nil
}

// decodes reports whether anything could be read of a token.
func decodes(t *token.Token) bool {
	return t.Negotiate != nil || t.Challenge != nil || t.Authenticate != nil || t.Kerberos != nil || t.SPNEGO != nil || t.NegoEx
}

func decodeBasic(l *List, token68 string, showSecrets bool) error {
	b, problems := token.ParseBasic(token68, "")
	// Most bytes can be base64 of something: without its colon it is nothing.
	if b == nil || len(problems) > 0 {
		return fmt.Errorf("no Basic credentials: %s", strings.Join(problems, "; "))
	}
	l.basic(b, showSecrets)
	return nil
}

// SplitToken takes the field name and the scheme off a token, RFC 9110 section
// 11.4. The scheme is empty if there is none.
func SplitToken(text string) (scheme, token68 string) {
	text = strings.TrimSpace(text)
	if name, value, ok := strings.Cut(text, ":"); ok && isAuthField(name) {
		text = strings.TrimSpace(value)
	}
	scheme, token68, ok := strings.Cut(text, " ")
	if ok {
		return scheme, strings.TrimSpace(token68)
	}
	return "", text
}

func isAuthField(name string) bool {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate":
		return true
	}
	return false
}
