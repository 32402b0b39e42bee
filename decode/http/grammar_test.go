package http

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestParseAuth(t *testing.T) {
	tests := []struct {
		value string
		want  string // each item as scheme(token; name=value ...), and "odd" if it is
	}{
		{`Negotiate`, `Negotiate()`},
		{`Negotiate, NTLM`, `Negotiate() NTLM()`},
		{`NTLM TlRMTVNTUAAB==`, `NTLM(TlRMTVNTUAAB==)`},
		{"NTLM \t TlRM  ", `NTLM(TlRM)`},
		{`Negotiate YII-._~+/=, Basic realm="a, b"`, `Negotiate(YII-._~+/=) Basic(; realm=a, b)`},
		{`Basic realm="a \"quoted\" \\ realm", charset=UTF-8, NTLM`, `Basic(; realm=a "quoted" \ realm; charset=UTF-8) NTLM()`},
		{`Digest realm = "x" , nonce	=	abc,qop="auth,auth-int" ,, Negotiate`, `Digest(; realm=x; nonce=abc; qop=auth,auth-int) Negotiate()`},
		{`,, ,NTLM,`, `NTLM()`},
		{``, ``},
		{`NTLM, realm=x`, `NTLM(; realm=x)`},
		{`Basic realm="not closed, NTLM`, `Basic(; realm=not closed, NTLM) odd`},
		{`realm=x`, `odd`},
		{`Negotiate YII abc`, `Negotiate(YII abc) odd`},
		{`Negotiate *`, `Negotiate(*) odd`},
		{`"quoted", NTLM`, `NTLM() odd`},
		{`foo/bar`, `odd`},
		{`Basic realm=`, `Basic(realm=)`}, // a parameter is not empty, so it is a token68
		{`Basic realm="", x=""`, `Basic(; realm=; x=)`},
		{`AWS4-HMAC-SHA256 Credential=AK/2026/aws4, SignedHeaders=host;date, Signature=ab`, `AWS4-HMAC-SHA256(; Credential=AK/2026/aws4; SignedHeaders=host;date; Signature=ab)`},
	}
	for _, tt := range tests {
		items, odd := parseAuth(tt.value)
		if got := describeAuth(items, odd); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.value, got, tt.want)
		}
	}
}

func describeAuth(items []authItem, odd bool) string {
	var out []string
	for _, a := range items {
		s := a.scheme + "(" + a.token
		for _, p := range a.params {
			s += fmt.Sprintf("; %s=%s", p.name, p.value)
		}
		out = append(out, s+")")
	}
	if odd {
		out = append(out, "odd")
	}
	return strings.Join(out, " ")
}

// The slow grammar, written from RFC 9110 section 11 with the rule that tells
// the two commas apart.
const (
	tokenPattern  = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
	stringPattern = `"(?:[^"\\]|\\[\s\S])*"`
)

var (
	piecePattern    = regexp.MustCompile(`^(?:[^",]|"(?:[^"\\]|\\[\s\S])*(?:"|\\?$))*`)
	bareItem        = regexp.MustCompile(`^(` + tokenPattern + `)$`)
	tokenItem       = regexp.MustCompile(`^(` + tokenPattern + `)[ \t]+([A-Za-z0-9\-._~+/]+=*)$`)
	paramItem       = regexp.MustCompile(`^(` + tokenPattern + `)[ \t]+(` + tokenPattern + `)[ \t]*=([\s\S]*)$`)
	oddItem         = regexp.MustCompile(`^(` + tokenPattern + `)[ \t]+([^= \t][\s\S]*)$`)
	paramAlone      = regexp.MustCompile(`^(` + tokenPattern + `)[ \t]*=([\s\S]*)$`)
	quotedValue     = regexp.MustCompile(`^` + stringPattern + `$`)
	quotedPrefix    = regexp.MustCompile(`^` + stringPattern)
	quotedCharacter = regexp.MustCompile(`\\([\s\S])`)
)

func slowAuth(value string) (items []authItem, odd bool) {
	param := func(a *authItem, name, value string) {
		v, ok := slowValue(strings.Trim(value, " \t"))
		a.params = append(a.params, authParam{name, v})
		odd = odd || !ok
	}
	for value != "" {
		piece := piecePattern.FindString(value)
		value = strings.TrimPrefix(value[len(piece):], ",")
		piece = strings.Trim(piece, " \t")
		if piece == "" {
			continue
		}
		if m := bareItem.FindStringSubmatch(piece); m != nil {
			items = append(items, authItem{scheme: m[1]})
		} else if m := tokenItem.FindStringSubmatch(piece); m != nil {
			items = append(items, authItem{scheme: m[1], token: m[2]})
		} else if m := paramAlone.FindStringSubmatch(piece); m != nil {
			if len(items) == 0 {
				odd = true
				continue
			}
			param(&items[len(items)-1], m[1], m[2])
		} else if m := paramItem.FindStringSubmatch(piece); m != nil {
			a := authItem{scheme: m[1]}
			param(&a, m[2], m[3])
			items = append(items, a)
		} else if m := oddItem.FindStringSubmatch(piece); m != nil {
			items = append(items, authItem{scheme: m[1], token: m[2]})
			odd = true
		} else {
			odd = true
		}
	}
	return items, odd
}

func slowValue(v string) (string, bool) {
	unescape := func(s string) string { return quotedCharacter.ReplaceAllString(s, "$1") }
	switch {
	case quotedValue.MatchString(v):
		return unescape(v[1 : len(v)-1]), true
	case strings.HasPrefix(v, `"`):
		if q := quotedPrefix.FindString(v); q != "" {
			return unescape(q[1 : len(q)-1]), false
		}
		return unescape(v[1:]), false
	}
	return v, v != "" && !strings.ContainsAny(v, "\" \t")
}

// FuzzFields holds the field parser against the slow grammar.
func FuzzFields(f *testing.F) {
	for _, s := range []string{
		`Negotiate YII=, Basic realm="a, b"`, `Digest a = "x\"y" ,, b	=c, NTLM`, `x y=z`, `a b c`, `=`, `a =b`, `"`, `a "\`, "a=\"\xff\\\"",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		items, odd := parseAuth(value)
		want, wantOdd := slowAuth(value)
		if len(want) > maxAuthItems || strings.Count(value, "=") > maxAuthParams {
			return // the limits are not part of the grammar
		}
		if !reflect.DeepEqual(items, want) || odd != wantOdd {
			t.Errorf("%q: %s, by the slow grammar %s", value, describeAuth(items, odd), describeAuth(want, wantOdd))
		}
	})
}
