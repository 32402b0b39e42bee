package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ntlmtrace/cmd/ntlmtrace/internal/fields"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
)

// maxToken is how much "decode -" reads: servers refuse a field far below it.
const maxToken = 1 << 20

const decodeExample = `  ntlmtrace decode TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAGNFAAAADw==
  ntlmtrace decode 'WWW-Authenticate: Negotiate oRUwE6ADCgEDoQwGCisGAQQBgjcCAgo='
  pbpaste | ntlmtrace decode -`

// newDecode makes the command that decodes one token pasted from a log or a
// browser.
func newDecode() *cobra.Command {
	var showSecrets bool
	c := &cobra.Command{
		Use:     "decode TOKEN",
		Short:   `Decode one token or header value ("-": from standard input)`,
		Example: decodeExample,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage.Errorf("no token is given")
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().BoolVar(&showSecrets, "show-secrets", false, "show the password of Basic credentials")
	c.RunE = func(c *cobra.Command, args []string) error {
		text := strings.Join(args, " ") // a header value without quotes around it
		if text == "-" {
			b, err := io.ReadAll(io.LimitReader(c.InOrStdin(), maxToken))
			if err != nil {
				return err
			}
			text = string(b)
		}
		var l fields.List
		if err := fields.Decode(&l, text, showSecrets); err != nil {
			return err
		}
		w := c.OutOrStdout()
		l.Write(w, term.Page{}.Look(w))
		return nil
	}
	return c
}
