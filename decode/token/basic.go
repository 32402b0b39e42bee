package token

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Basic is the user-id and password of RFC 7617.
type Basic struct {
	User     string
	Password Password
}

// ParseBasic decodes the token68 of Basic credentials, RFC 7617 section 2. The
// charset is the one that the server's challenge stated, "" if none: octets
// that are not UTF-8 are taken as Latin-1 either way. It is nil if there is
// nothing to decode. The problems name what was odd, never with a part of the
// password.
func ParseBasic(token68, charset string) (*Basic, []string) {
	if strings.Trim(token68, "= \t") == "" {
		return nil, nil
	}
	var problems []string
	raw, problem := appendBase64(nil, []byte(token68))
	if problem != "" {
		problems = append(problems, problem)
	}
	credentials := string(raw)
	if !utf8.ValidString(credentials) {
		if strings.EqualFold(charset, "UTF-8") {
			problems = append(problems, "basic: the user-id or password is not UTF-8, which the server asked for")
		}
		credentials = latin1(raw)
	}
	user, password, found := strings.Cut(credentials, ":")
	if !found {
		problems = append(problems, "basic: there is no colon after the user-id")
	}
	if strings.ContainsFunc(credentials, unicode.IsControl) {
		problems = append(problems, "basic: there is a control character in the user-id or password")
	}
	return &Basic{User: user, Password: NewPassword(password)}, problems
}

func latin1(b []byte) string {
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return string(out)
}

// Password is the password of RFC 7617. Nothing prints it: whoever needs it
// calls Reveal. Its zero value is the empty password.
type Password struct {
	// A pointer, because fmt prints a string in an unexported field of
	// another struct without asking any method.
	text *string
}

// NewPassword returns a Password.
func NewPassword(text string) Password {
	if text == "" {
		return Password{}
	}
	text = strings.Clone(text) // the user-id, which is kept longer, shares its memory
	return Password{&text}
}

const hidden = "[hidden]"

// Reveal returns the password.
func (p Password) Reveal() string {
	if p.text == nil {
		return ""
	}
	return *p.text
}

// String returns "[hidden]".
func (p Password) String() string { return hidden }

// GoString returns "[hidden]".
func (p Password) GoString() string { return hidden }

// Format prints "[hidden]" for every verb.
func (p Password) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// MarshalText returns "[hidden]".
func (p Password) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON returns "[hidden]" as a JSON string.
func (p Password) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// BasicKey stands for a user-id and password where two of them are compared. It
// is good in this process only, so that a copy of it cannot be tested against a
// list of passwords. Its zero value is no key.
type BasicKey [sha256.Size]byte

// basicSalt is new in every process.
var basicSalt = func() (salt [32]byte) {
	rand.Read(salt[:]) // never fails: see crypto/rand
	return salt
}()

// Key returns the key of the credentials.
func (b *Basic) Key() BasicKey {
	var buf [256]byte
	pair := append(buf[:0], basicSalt[:]...)
	pair = append(append(pair, b.User...), ':') // a user-id has none, so that the two cannot run together
	return BasicKey(sha256.Sum256(append(pair, b.Password.Reveal()...)))
}
