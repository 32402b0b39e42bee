// Package fields lists the fields of one message for people to read, under the
// names of the standard.
//
//	text of a token --Decode--> List: name, value, depth --Write--> indented lines
//	header value of a probe ------^
package fields

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/decode/token"
)

// List collects the fields of a message for a person to read, under the
// names of the standard.
type List struct {
	rows  []fieldRow
	depth int
}

type fieldRow struct {
	depth       int
	name, value string
}

// Add notes a field, unless it is empty.
func (l *List) Add(name, value string) {
	if value != "" {
		l.rows = append(l.rows, fieldRow{l.depth, name, value})
	}
}

func (l *List) addf(name, format string, args ...any) {
	l.Add(name, fmt.Sprintf(format, args...))
}

// Head begins a structure; what fields adds is inside it.
func (l *List) Head(text string, fields func()) {
	l.rows = append(l.rows, fieldRow{l.depth, text, ""})
	l.depth++
	fields()
	l.depth--
}

// Write prints the fields below each other, values in one column.
func (l *List) Write(w io.Writer, k term.Look) {
	const indent, gap = 2, 2
	width := 0
	for _, r := range l.rows {
		if r.value != "" {
			width = max(width, indent*r.depth+len(r.name))
		}
	}
	for _, r := range l.rows {
		margin := strings.Repeat(" ", indent*r.depth)
		if r.value == "" {
			fmt.Fprintf(w, "%s%s\n", margin, k.Bold(r.name))
			continue
		}
		fmt.Fprintf(w, "%s%-*s%s\n", margin, width+gap-len(margin), r.name, safe.Text(r.value))
	}
}

// token adds what an NTLM or Negotiate token holds.
func (l *List) token(t *token.Token) {
	if t.SPNEGO != nil {
		l.spnego(t.SPNEGO)
	}
	switch {
	case t.Negotiate != nil:
		l.negotiate(t.Negotiate)
	case t.Challenge != nil:
		l.challenge(t.Challenge)
	case t.Authenticate != nil:
		l.authenticate(t.Authenticate)
	case t.Kerberos != nil:
		l.kerberos(t.Kerberos)
	}
	for _, p := range t.Problems {
		l.Add("problem", p)
	}
}

// basic adds the fields of RFC 7617 section 2.
func (l *List) basic(b *token.Basic, showSecrets bool) {
	l.Head("Basic credentials (RFC 7617)", func() {
		l.Add("user-id", orNone(b.User))
		if showSecrets {
			l.addf("password", "%q", b.Password.Reveal())
		} else {
			l.Add("password", "hidden (--show-secrets)")
		}
	})
}

// fingerprint replaces bytes that are not shown by the first 16 hex digits of
// their SHA-256, as in the token of a handshake.
func fingerprint(b []byte) string {
	sum := sha256.Sum256(b)
	return "fingerprint " + hex.EncodeToString(sum[:8])
}

func timeText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.0000000 UTC") }

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}
