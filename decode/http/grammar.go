package http

import (
	"slices"
	"strings"

	"ntlmtrace/decode/token"
)

// authItem is one challenge or one credentials, RFC 9110 sections 11.3 and
// 11.4: a scheme with a token68, or with parameters, or with nothing.
type authItem struct {
	scheme string
	token  string // as sent: what follows the scheme and is no parameter, be it a proper token68 or not
	params []authParam
}

// authParam is one auth-param, RFC 9110 section 11.2, its value without quotes.
type authParam struct{ name, value string }

// param returns the value of the first parameter called name (any letter case).
func (a *authItem) param(name string) (string, bool) {
	i := slices.IndexFunc(a.params, func(p authParam) bool { return strings.EqualFold(p.name, name) })
	if i < 0 {
		return "", false
	}
	return a.params[i].value, true
}

// maxAuthItems and maxAuthParams bound what one field may hold: a hostile field
// of 64 KiB would else become thousands of challenges.
const (
	maxAuthItems  = 32
	maxAuthParams = 64
)

// parseAuth reads the value of an authentication field. A comma is both list
// and parameter separator there, RFC 9110 section 11.6.1: a piece that names
// a value belongs to the challenge before it, any other piece begins a new one.
// What fits nowhere is passed over, and odd says so.
func parseAuth(value string) (items []authItem, odd bool) {
	for piece := range pieces(value) {
		scheme, rest := cutToken(piece)
		after := strings.TrimLeft(rest, " \t")
		switch {
		case scheme == "", after != "" && after[0] != '=' && len(after) == len(rest):
			odd = true
		case after != "" && after[0] == '=':
			if len(items) == 0 {
				odd = true
				break
			}
			last := &items[len(items)-1]
			odd = !last.add(scheme, after) || odd
		case len(items) == maxAuthItems:
			return items, true
		default:
			item := authItem{scheme: scheme}
			odd = !item.begin(after) || odd
			items = append(items, item)
		}
	}
	return items, odd
}

// begin takes what follows the scheme in the same piece.
func (a *authItem) begin(rest string) bool {
	if rest == "" {
		return true
	}
	if token.IsToken68(rest) {
		a.token = rest
		return true
	}
	name, after := cutToken(rest)
	after = strings.TrimLeft(after, " \t")
	if name != "" && strings.HasPrefix(after, "=") {
		return a.add(name, after)
	}
	a.token = rest
	return false
}

// add takes a parameter; value begins with the equals sign.
func (a *authItem) add(name, value string) bool {
	if len(a.params) == maxAuthParams {
		return false
	}
	v, ok := unquote(strings.Trim(value[1:], " \t"))
	a.params = append(a.params, authParam{name, v})
	return ok
}

// pieces cuts a list at the commas that are outside quoted strings, without
// white space around and without empty members, RFC 9110 section 5.6.1.
func pieces(list string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for list != "" {
			n := pieceLen(list)
			piece := strings.Trim(list[:n], " \t")
			if piece != "" && !yield(piece) {
				return
			}
			list = list[min(n+1, len(list)):]
		}
	}
}

// pieceLen returns the length of list up to the first comma outside quotes. A
// quoted string that does not end goes up to the end of the list.
func pieceLen(list string) int {
	comma := strings.IndexByte(list, ',')
	if comma < 0 {
		comma = len(list)
	}
	if strings.IndexByte(list[:comma], '"') < 0 {
		return comma
	}
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return i
		}
	}
	return len(list)
}

// unquote returns the text of a quoted-string, RFC 9110 section 5.6.4, and any
// other value as it is. It is false for a string that does not end where the
// value ends, and for an empty value.
func unquote(v string) (string, bool) {
	if !strings.HasPrefix(v, `"`) {
		return v, v != "" && !strings.ContainsAny(v, "\" \t")
	}
	var b strings.Builder
	for i := 1; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\\' && i+1 < len(v):
			i++
			b.WriteByte(v[i])
		case c == '"':
			return b.String(), i == len(v)-1
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), false
}

// cutToken cuts the token off the start of s, RFC 9110 section 5.6.2.
func cutToken(s string) (word, rest string) {
	n := 0
	for n < len(s) && isTokenByte(s[n]) {
		n++
	}
	return s[:n], s[n:]
}

// tokenBytes marks the bytes of a token, RFC 9110 section 5.6.2.
var tokenBytes = byteSet("!#$%&'*+-.^_`|~")

// byteSet marks letters, digits and the bytes of others.
func byteSet(others string) (set [256]bool) {
	for c := range set {
		set[c] = isAlphaNum(byte(c)) || strings.IndexByte(others, byte(c)) >= 0
	}
	return set
}

func isTokenByte(c byte) bool { return tokenBytes[c] }

func isAlphaNum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
