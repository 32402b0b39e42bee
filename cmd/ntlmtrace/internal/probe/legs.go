package probe

import (
	"fmt"
	"io"
	"strings"

	"ntlmtrace/cmd/ntlmtrace/internal/fields"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
)

// Leg is one request of a handshake and its answer.
type Leg struct {
	Credentials string   // Authorization; empty in the first request
	Reused      bool     // it went over the connection of the leg before
	Status      string   // of the answer; empty if there was none
	Server      string   // Server field
	Offers      []string // WWW-Authenticate fields
}

// WriteLegs shows what was said, leg by leg, and what it means.
func WriteLegs(w io.Writer, k term.Look, legs []Leg) {
	for i := range legs {
		writeLeg(w, k, i+1, &legs[i])
	}
	if len(legs) > 0 {
		fmt.Fprintf(w, "\n%s\n", conclusion(legs))
	}
}

func writeLeg(w io.Writer, k term.Look, number int, g *Leg) {
	connection := "on a new connection"
	if g.Reused {
		connection = "on the same connection"
	}
	var l fields.List
	l.Head(fmt.Sprintf("%d. request %s", number, connection), func() {
		if g.Credentials == "" {
			l.Add("Authorization", "none")
			return
		}
		addToken(&l, g.Credentials)
	})
	l.Head("   "+orText(g.Status, "no answer"), func() {
		l.Add("Server", g.Server)
		for _, offer := range g.Offers {
			addToken(&l, offer)
		}
	})
	l.Write(w, k)
}

// addToken adds the fields of a header value, or the value if it has none.
func addToken(l *fields.List, value string) {
	if scheme, token68 := fields.SplitToken(value); scheme == "" || strings.Contains(token68, "=\"") || fields.Decode(l, value, false) != nil {
		l.Add("offer", value)
	}
}

// conclusion returns in one line how the handshake ended.
func conclusion(legs []Leg) string {
	last := &legs[len(legs)-1]
	refused := strings.HasPrefix(last.Status, "401")
	switch {
	case len(legs) == 1 && refused:
		return "The server offers neither NTLM nor Negotiate."
	case len(legs) == 1:
		return "The server wants no authentication for this URL."
	case len(legs) == 2 && refused:
		return "The server answered the NEGOTIATE without a CHALLENGE: NTLM is blocked there, or something on the way keeps no connection."
	case !last.Reused:
		return "The AUTHENTICATE went over another connection than its CHALLENGE: something on the way closed the first."
	case refused:
		return "The server refused the AUTHENTICATE: wrong credentials, Extended Protection, or another server behind the same address."
	}
	return "The server accepted the AUTHENTICATE."
}

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
