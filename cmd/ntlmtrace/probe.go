package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/Azure/go-ntlmssp"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// passwordVariable gives the password of probe where nobody can type it.
const passwordVariable = "NTLMTRACE_PASSWORD"

const probeLong = `Make one real handshake with a server and show its messages decoded.

The request is a GET. The password is taken from ` + passwordVariable + ` or asked for on the
terminal; it is sent to the server in no other way than NTLM, never as Basic.
The client sends no MIC and no channel bindings: a server that requires
Extended Protection refuses it, whatever the password.`

const probeExample = `  ntlmtrace probe --user 'CORP\alice' http://web01.corp.example/reports
  NTLMTRACE_PASSWORD=... ntlmtrace probe --user alice@corp.example https://web01.corp.example/`

// newProbe makes the command that tries one server.
func newProbe() *cobra.Command {
	var user, workstation string
	timeout := 30 * time.Second
	c := &cobra.Command{
		Use:               "probe URL",
		Short:             "Make one real handshake with a server and show it decoded",
		Long:              probeLong,
		Example:           probeExample,
		Args:              oneURL,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	f := c.Flags()
	f.StringVar(&user, "user", "", `who logs on: DOMAIN\user or user@domain`)
	f.StringVar(&workstation, "workstation", "", "name of the client machine to send")
	f.DurationVar(&timeout, "timeout", timeout, "how long the whole may take")
	c.RunE = func(c *cobra.Command, args []string) error {
		if user == "" {
			return usagef("--user is not given")
		}
		password, err := readPassword(c, user)
		if err != nil {
			return err
		}
		p := probe{user: user, password: password, workstation: workstation, timeout: timeout}
		legs, err := p.do(c.Context(), args[0])
		w := c.OutOrStdout()
		writeLegs(w, lookOf(w, &settings{}), legs)
		return err
	}
	return c
}

// oneURL wants one argument, the URL of a server.
func oneURL(c *cobra.Command, args []string) error {
	if err := cobra.ExactArgs(1)(c, args); err != nil {
		return usageError{err}
	}
	u, err := url.Parse(args[0])
	if err != nil {
		return usageError{err}
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return usagef("%q is not a URL of http or https", args[0])
	}
	if u.User != nil {
		return usagef("a password in a URL is seen by everybody: use --user")
	}
	return nil
}

// readPassword takes the password from the environment, or asks for it on the
// terminal without showing it.
func readPassword(c *cobra.Command, user string) (string, error) {
	if password, ok := os.LookupEnv(passwordVariable); ok {
		return password, nil
	}
	stdin, ok := c.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(stdin.Fd())) {
		return "", usagef("no password: set %s, or run it on a terminal", passwordVariable)
	}
	fmt.Fprintf(c.ErrOrStderr(), "Password of %s: ", safe(user))
	b, err := term.ReadPassword(int(stdin.Fd()))
	fmt.Fprintln(c.ErrOrStderr())
	return string(b), err
}

// leg is one request of a handshake and its answer.
type leg struct {
	credentials string   // Authorization; empty in the first request
	reused      bool     // it went over the connection of the leg before
	status      string   // of the answer; empty if there was none
	server      string   // Server field
	offers      []string // WWW-Authenticate fields
}

// writeLegs shows what was said, leg by leg, and what it means.
func writeLegs(w io.Writer, k look, legs []leg) {
	for i := range legs {
		writeLeg(w, k, i+1, &legs[i])
	}
	if len(legs) > 0 {
		fmt.Fprintf(w, "\n%s\n", verdict(legs))
	}
}

func writeLeg(w io.Writer, k look, number int, g *leg) {
	connection := "on a new connection"
	if g.reused {
		connection = "on the same connection"
	}
	var l fieldList
	l.head(fmt.Sprintf("%d. request %s", number, connection), func() {
		if g.credentials == "" {
			l.add("Authorization", "none")
			return
		}
		addToken(&l, g.credentials)
	})
	l.head("   "+orText(g.status, "no answer"), func() {
		l.add("Server", g.server)
		for _, offer := range g.offers {
			addToken(&l, offer)
		}
	})
	l.write(w, k)
}

// addToken adds the fields of a header value, or what it says if it has none.
func addToken(l *fieldList, value string) {
	if scheme, token68 := splitToken(value); scheme == "" || strings.Contains(token68, "=\"") || decodeText(l, value, false) != nil {
		l.add("offer", value)
	}
}

// verdict says in one line how the handshake ended.
func verdict(legs []leg) string {
	last := &legs[len(legs)-1]
	refused := strings.HasPrefix(last.status, "401")
	switch {
	case len(legs) == 1 && refused:
		return "The server offers neither NTLM nor Negotiate."
	case len(legs) == 1:
		return "The server wants no authentication for this URL."
	case len(legs) == 2 && refused:
		return "The server answered the NEGOTIATE without a CHALLENGE: NTLM is blocked there, or something on the way keeps no connection."
	case !last.reused:
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

// client makes the round trips of a handshake with NTLM alone.
func (p *probe) client(record http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout:   p.timeout,
		Transport: ntlmssp.Negotiator{RoundTripper: record, WorkstationName: p.workstation},
		// Where the server sends the client afterwards is another handshake.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
