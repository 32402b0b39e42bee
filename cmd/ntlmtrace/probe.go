package main

import (
	"errors"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"ntlmtrace/cmd/ntlmtrace/internal/probe"
	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
)

// passwordVariable holds the password of probe where nobody can type it.
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
			return usage.Errorf("--user is not given")
		}
		password, err := readPassword(c, user)
		if err != nil {
			return err
		}
		p := probe.Probe{User: user, Password: password, Workstation: workstation, Timeout: timeout}
		legs, err := p.Do(c.Context(), args[0])
		w := c.OutOrStdout()
		probe.WriteLegs(w, term.Page{}.Look(w), legs)
		return err
	}
	return c
}

// oneURL wants one argument, the URL of a server.
func oneURL(c *cobra.Command, args []string) error {
	if err := cobra.ExactArgs(1)(c, args); err != nil {
		return usage.Of(err)
	}
	u, err := url.Parse(args[0])
	if err != nil {
		return usage.Of(err)
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return usage.Errorf("%q is not a URL of http or https", args[0])
	}
	if u.User != nil {
		return usage.Errorf("a password in a URL is seen by everybody: use --user")
	}
	return nil
}

// readPassword takes the password from the environment, or asks for it on the
// terminal without showing it.
func readPassword(c *cobra.Command, user string) (string, error) {
	if password, ok := os.LookupEnv(passwordVariable); ok {
		return password, nil
	}
	password, err := term.Password(c.InOrStdin(), c.ErrOrStderr(), "Password of "+safe.Text(user)+": ")
	if errors.Is(err, term.ErrNoTerminal) {
		return "", usage.Errorf("no password: set %s, or run it on a terminal", passwordVariable)
	}
	return password, err
}
