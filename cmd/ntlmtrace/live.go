package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ntlmtrace/analysis/rules"
	"ntlmtrace/cmd/ntlmtrace/internal/live"
	"ntlmtrace/cmd/ntlmtrace/internal/run"

	capturelive "ntlmtrace/capture/live"
	"ntlmtrace/cmd/ntlmtrace/internal/metrics"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"

	jsonformat "ntlmtrace/cmd/ntlmtrace/internal/output/json"
	"ntlmtrace/cmd/ntlmtrace/internal/output/table"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/tui"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

const liveLong = `  sudo ntlmtrace live -i eth0
      what goes wrong with the authentication while it goes wrong: reproduce the
      problem, and the verdict is there while the browser still shows the error

  ntlmtrace live -i eth0 --format jsonl --output /var/log/ntlmtrace/web01.jsonl --metrics 9464
      the same as a service, for days: one JSON object a line, and counters for
      Prometheus on the loopback interface

live reads one or more interfaces until Ctrl-C, SIGTERM, --duration or
--packets, tells each finding at most a second after its last packet, and prints
the tables at the end. A finding that goes on is told again as a revision. What
the kernel or a limit dropped is counted in every output. Reading an interface
needs rights; they are given up before the first packet is looked at.`

// liveWriteFiles is how many files --write keeps where that is not said: a
// service must not fill the disk.
const liveWriteFiles = 10

// liveSettings are the flags of ntlmtrace live, read.
type liveSettings struct {
	settings
	interfaces []string
	noPromisc  bool
	ring       byteSize
	duration   time.Duration
	packets    int64
	user       string
	output     string
	noTUI      bool
	metrics    string
}

// thisMachine is the machine that the program runs on.
var thisMachine = liveMachine{
	open:       live.OpenInterfaces,
	dropRights: capturelive.DropRights,
	clock:      live.MachineClock,
	screen:     tui.Start,
}

// liveMachine is what a live capture needs of the machine that it runs on.
type liveMachine struct {
	open func(live.SourceOptions) (live.Source, error) // begins to read
	// dropRights continues as user, and returns what it did.
	dropRights func(user string) (string, error)
	clock      func() func() live.Instant
	// screen opens the full-screen view, on which quit ends the capture. If the
	// view fails later, lines takes its place. It may be nil.
	screen func(ctx context.Context, in io.Reader, out io.Writer, l term.Look, o result.Locator, quit func(), lines watch.View) (watch.View, error)
}

// newLive makes the command that reads interfaces.
func newLive(n notes.Notes, m liveMachine) *cobra.Command {
	s := &liveSettings{settings: settings{maxMemory: 512 << 20, idle: live.Idle, write: writeSettings{usual: liveWriteFiles}}, ring: 16 << 20}
	c := &cobra.Command{
		Use:               "live -i INTERFACE",
		Short:             "Read an interface until Ctrl-C, and tell what is wrong as it happens",
		Long:              liveLong,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage.Errorf("%q is not expected: live reads interfaces, see -i", args[0])
		}
		return nil
	}
	liveFlags(c, s)
	readFlags(c, &s.settings)
	c.RunE = func(c *cobra.Command, _ []string) error { return captureLive(c, s, m, n) }
	return c
}

// liveFlags adds the flags that only a live capture has.
func liveFlags(c *cobra.Command, s *liveSettings) {
	f := c.Flags()
	f.SortFlags = false
	f.StringArrayVarP(&s.interfaces, "interface", "i", nil, `interface to read, "any" for all; may be repeated`)
	f.BoolVar(&s.noPromisc, "no-promisc", false, "only what is for this machine")
	f.Var(&s.ring, "ring", "memory for packets that wait to be read, for each interface")
	f.DurationVar(&s.duration, "duration", 0, "end after this time, such as 30m (default: Ctrl-C)")
	f.Int64Var(&s.packets, "packets", 0, "end after so many packets (default: Ctrl-C)")
	f.StringVar(&s.user, "user", "", "as whom to go on once the interfaces are open (default: who called sudo)")
	f.StringVar(&s.output, "output", "", "file for the results instead of standard output; opened anew on SIGHUP")
	f.BoolVar(&s.noTUI, "no-tui", false, "one line for each event, also on a terminal")
	f.StringVar(&s.metrics, "metrics", "", "serve counters for Prometheus at HOST:PORT; PORT alone is on the loopback interface")
}

// source returns what is read.
func (s *liveSettings) source() live.SourceOptions {
	return live.SourceOptions{
		Interfaces: s.interfaces, NoPromisc: s.noPromisc, Ring: int64(s.ring),
		Packet: s.reader().Packet, Filter: s.only, Text: s.filter,
	}
}

// live returns the options of the capture.
func (s *liveSettings) live() live.Options {
	return live.Options{
		Interfaces: s.interfaces, Duration: s.duration, Packets: s.packets,
		Tap: s.tap(), Analysis: s.analysis(), Write: s.write.options(),
	}
}

// check finds what is wrong with the flags.
func (s *liveSettings) check() error {
	switch {
	case len(s.interfaces) == 0:
		return hintedError{usage.Errorf("no interface is given"), "name one with -i; ntlmtrace interfaces lists those of this machine"}
	case s.duration < 0 || s.packets < 0:
		return usage.Errorf("--duration and --packets cannot be negative")
	case s.limit == 0 && s.handshakes && s.format == table.Format.Name:
		return usage.Errorf("--limit 0 would keep every handshake until the end: use --format jsonl for all of them")
	}
	for i, name := range s.interfaces {
		if slices.Contains(s.interfaces[:i], name) {
			return usage.Errorf("interface %q is given twice", name)
		}
	}
	return nil
}

// captureLive opens all that needs rights, drops the rights, and reads.
func captureLive(c *cobra.Command, s *liveSettings, m liveMachine, n notes.Notes) (err error) {
	if err := s.check(); err != nil {
		return err
	}
	s.rings = int64(s.ring) * int64(len(s.interfaces))
	f, err := s.begin()
	if err != nil {
		return err
	}
	address, err := metrics.Address(s.metrics)
	if err != nil {
		return err
	}
	src, err := m.open(s.source())
	if err != nil {
		return err
	}
	defer src.Close()
	server, err := metrics.Listen(address)
	if err != nil {
		return err
	}
	defer server.Close()
	rights, err := m.dropRights(s.user)
	if err != nil {
		return err
	}
	if rights != "" {
		n.Note("%s", rights)
	}
	// Files are opened without rights, as they will be when the next one is
	// due.
	out, err := live.OpenResults(s.output, c.OutOrStdout(), f.Name != jsonformat.Document.Name)
	if err != nil {
		return ownedError(err, rights)
	}
	defer live.IgnorePipe()()
	r := live.New(s.live(), src, out, n, m.clock())
	p := f.Open(out, s.print(r))
	if err := r.Begin(live.Printer{Handshake: p.Handshake, Finding: p.Finding, Health: p.Health, End: p.End, Stream: f.Stream}); err != nil {
		return ownedError(err, rights)
	}
	r.CountWith(server.Serve(n, version(), rules.Texts(), reasons()))
	return attend(c, r, s, out, m, n)
}

// reasons returns what the metrics count of what was not read or dropped.
func reasons() []metrics.Reason {
	list := make([]metrics.Reason, len(run.Rows))
	for i, r := range run.Rows {
		list[i] = metrics.Reason{Key: r.Key, Family: r.Metric.Family, Label: r.Metric.Reason, Help: run.Help[r.Metric.Family]}
	}
	return list
}

// ownedError is why a file cannot be opened by the user that the process is
// now.
func ownedError(err error, rights string) error {
	if !errors.Is(err, fs.ErrPermission) || rights == "" {
		return err
	}
	return hintedError{err, "ntlmtrace " + rights + ": files must be where that user may write, see --user"}
}

// attend opens the views and reads.
func attend(c *cobra.Command, r *live.Run, s *liveSettings, out *live.Output, m liveMachine, n notes.Notes) error {
	ctx, quit := context.WithCancel(c.Context())
	defer quit()
	if s.output != "" {
		hangup, stop := live.Hangups()
		defer stop()
		r.ReopenOn(hangup)
	}
	openViews(ctx, c, r, s, out, m, n, quit)
	res, err := r.Do(ctx)
	if err != nil {
		return err
	}
	return s.failOnFinding(&res.Report)
}

// openViews opens the full-screen view if there is a terminal for it that
// nothing else is printed to. Else, or if that fails, the view is lines: notes
// on standard error, and, unless the format prints objects, events where the
// results go. Those in a file are there beside a full-screen view too.
func openViews(ctx context.Context, c *cobra.Command, r *live.Run, s *liveSettings, out *live.Output, m liveMachine, n notes.Notes, quit func()) {
	w, lines := c.OutOrStdout(), live.NoteLines(n)
	if s.format == table.Format.Name {
		events := live.EventLines(out, s.page, s.handshakes, r.Now)
		if s.output != "" {
			r.Watch(events, 0)
		} else {
			lines.Finding, lines.Handshake = events.Finding, events.Handshake
		}
	}
	_, ok := term.Terminal(w)
	if ok && m.screen != nil && !s.noTUI && (s.format == table.Format.Name || s.output != "") {
		v, err := m.screen(ctx, c.InOrStdin(), w, s.page.Look(w), r, quit, lines)
		if err == nil {
			r.Watch(v, live.ShownHops)
			return
		}
		n.Note("%v", err)
	}
	n.Note("reading %s until Ctrl-C", r.Name())
	r.Watch(lines, 0)
}
