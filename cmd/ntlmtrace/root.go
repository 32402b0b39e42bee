package main

import (
	"context"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/output"
	"ntlmtrace/cmd/ntlmtrace/internal/output/format"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/run"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
)

const rootLong = `  ntlmtrace capture.pcap
      what is wrong with the authentication in a capture, with the frames that prove it

  ntlmtrace --format json client.pcap web01.pcap | jq '.findings[].summary'
      the same for programs, from captures taken in two places at once

ntlmtrace reads packet captures (pcap and pcapng, plain, gzip or zstd; "-" is
standard input), decodes NTLM, Negotiate, Kerberos and Basic authentication in
HTTP, and joins what a client did with several servers: it finds the double hop
and its relatives. What captures hold of TLS stays unread; how much that was is
said.

Several files are analysed together if they have an address, a token or the name
of a machine in common. One that begins within 10 minutes after another, at the
same place, continues it, as the files of a ring buffer do; files that overlap
are several taps, whose clocks are set by what both have seen. Files that have
nothing in common are analysed each by itself.`

const rootEpilogue = `
Exit status: 0 done, 1 could not do it, 2 wrong usage, 3 a finding at or above
--fail-on.
`

// newRoot makes the command with all that it can do.
func newRoot(n notes.Notes) *cobra.Command {
	s := &settings{}
	root := &cobra.Command{
		Use:           "ntlmtrace [flags] FILE...",
		Short:         "Find out what is wrong with NTLM authentication in a packet capture",
		Long:          rootLong,
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage.Errorf("no capture is given")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return readCaptures(c, s, args, n) },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage.Of(err) })
	root.SetVersionTemplate("ntlmtrace {{.Version}}\n")
	root.SetUsageTemplate(root.UsageTemplate() + rootEpilogue)
	readFlags(root, s)
	root.Flags().BoolVar(&s.continued, "continued", false, "the captures are one that goes on from file to file, whatever they have in common")
	root.Flags().BoolVar(&s.separate, "separate", false, "the captures have nothing to do with each other: analyse each by itself")
	root.AddCommand(newDecode(), newRules(), newProbe(), newInterfaces(), newLive(n, thisMachine))
	return root
}

// readFlags adds the flags of reading captures, whether from files or live.
func readFlags(c *cobra.Command, s *settings) {
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&s.format, "format", output.Formats[0].Name, "how to print: "+strings.Join(output.Names(), ", "))
	f.BoolVar(&s.handshakes, "handshakes", false, "list the handshakes too")
	f.IntVar(&s.limit, "limit", 50, "rows of a table, the worst first; 0 for all")
	f.Var(severityFlag{&s.failOn}, "fail-on", "exit with status 3 for a finding at or above info, low, medium or high")
	f.BoolVar(&s.all, "all", false, "keep findings that a more specific one explains")
	f.BoolVar(&s.showSecrets, "show-secrets", false, "show the passwords of Basic credentials")
	f.StringVar(&s.filter, "filter", "", "read only the packets that match `EXPR`, in the language of tcpdump, such as 'tcp port 80'")
	f.Var(&s.aliases, "alias", "a machine by all its addresses; may be repeated")
	f.Var(&s.proxies, "proxy", "addresses of machines that are known to be proxies; may be repeated")
	f.BoolVar(&s.page.Plain, "no-color", false, "plain ASCII, also on a terminal")
	f.IntVar(&s.page.Width, "width", 0, "columns of the page (default: those of the terminal, elsewhere no limit)")
	f.Var(&s.maxMemory, "max-memory", "how much memory to use at most, such as 512MiB")
	f.Var(&s.caplenLimit, "caplen-limit", "bytes of the largest packet to believe in (default 256KiB)")
	writeFlags(c, &s.write)
	complete(c, "format", output.Names())
	complete(c, "fail-on", []string{"info", "low", "medium", "high"})
}

// complete offers words to the shell for a flag. It fails only for a flag that
// does not exist.
func complete(c *cobra.Command, flag string, words []string) {
	if err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}

// readCaptures is what the command does without a subcommand.
func readCaptures(c *cobra.Command, s *settings, names []string, n notes.Notes) error {
	if s.write.name != "" && len(names) > 1 {
		return usage.Errorf("--write takes one capture: join them first, with mergecap or one after the other")
	}
	f, err := s.begin()
	if err != nil {
		return err
	}
	res, err := s.read(c.Context(), f, s.run(names, c.InOrStdin(), n), c.OutOrStdout())
	if err != nil {
		return err
	}
	return s.failOnFinding(&res.Report)
}

// read reads what o names and prints it to w.
func (s *settings) read(ctx context.Context, f format.Format, o run.Options, w io.Writer) (*result.Result, error) {
	r := run.New(o)
	p := f.Open(w, s.print(r.Places()))
	res, err := r.Do(ctx, run.Output{Handshake: p.Handshake, Finding: p.Finding})
	if err != nil {
		return nil, err
	}
	return res, p.End(res)
}

// version is that of the module as it was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown version)"
	}
	return info.Main.Version
}
