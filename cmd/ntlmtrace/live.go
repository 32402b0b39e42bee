package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/spf13/cobra"
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

// liveWriteFiles is how many files --write keeps where that is not said: a service
// must not fill the disk.
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

// liveMachine is what a live capture needs of the machine that it runs on.
type liveMachine struct {
	open func(*liveSettings) (packetSource, error) // begins to read
	// dropRights goes on as user, and says what it did.
	dropRights func(user string) (string, error)
	clock      func() func() instant
	// screen opens the full-screen view, on which quit ends the capture. If the view fails
	// later, lines is told instead. Without a screen all is lines.
	screen func(ctx context.Context, in io.Reader, out io.Writer, l look, o *origins, quit func(), lines liveView) (liveView, error)
}

// newLive makes the command that reads interfaces.
func newLive(n notes, m liveMachine) *cobra.Command {
	s := &liveSettings{settings: settings{maxMemory: 512 << 20, idle: liveIdle, write: writeSettings{usual: liveWriteFiles}}, ring: 16 << 20}
	c := &cobra.Command{
		Use:               "live -i INTERFACE",
		Short:             "Read an interface until Ctrl-C, and tell what is wrong as it happens",
		Long:              liveLong,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usagef("%q is not expected: live reads interfaces, see -i", args[0])
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

// check finds what is wrong with the flags.
func (s *liveSettings) check() error {
	switch {
	case len(s.interfaces) == 0:
		return hintedError{usagef("no interface is given"), "name one with -i; ntlmtrace interfaces lists those of this machine"}
	case s.duration < 0 || s.packets < 0:
		return usagef("--duration and --packets cannot be negative")
	case s.limit == 0 && s.handshakes && s.format == tableFormat.name:
		return usagef("--limit 0 would keep every handshake until the end: use --format jsonl for all of them")
	}
	for i, name := range s.interfaces {
		if slices.Contains(s.interfaces[:i], name) {
			return usagef("interface %q is given twice", name)
		}
	}
	return nil
}

// captureLive opens all that needs rights, gives these up, and reads.
func captureLive(c *cobra.Command, s *liveSettings, m liveMachine, n notes) (err error) {
	if err := s.check(); err != nil {
		return err
	}
	s.rings = int64(s.ring) * int64(len(s.interfaces))
	f, err := s.begin()
	if err != nil {
		return err
	}
	address, err := metricsAddress(s.metrics)
	if err != nil {
		return err
	}
	src, err := m.open(s)
	if err != nil {
		return err
	}
	defer src.Close()
	server, err := listenMetrics(address)
	if err != nil {
		return err
	}
	defer server.close()
	rights, err := m.dropRights(s.user)
	if err != nil {
		return err
	}
	if rights != "" {
		n.note("%s", rights)
	}
	// Files are opened without rights, as they will be when the next one is due.
	out, err := openResults(s.output, c.OutOrStdout(), f.name != jsonFormat.name)
	if err != nil {
		return ownedError(err, rights)
	}
	defer ignorePipe()()
	r := newLiveRun(s, f, src, out, n, m.clock())
	if err := r.begin(); err != nil {
		return ownedError(err, rights)
	}
	r.metrics = server.serve(n)
	return r.attend(c, m, n)
}

// ownedError is why a file cannot be opened by the user that the process is now.
func ownedError(err error, rights string) error {
	if !errors.Is(err, fs.ErrPermission) || rights == "" {
		return err
	}
	return hintedError{err, "ntlmtrace " + rights + ": files must be where that user may write, see --user"}
}

// attend opens the views and reads.
func (r *liveRun) attend(c *cobra.Command, m liveMachine, n notes) error {
	s := r.settings
	ctx, quit := context.WithCancel(c.Context())
	defer quit()
	if s.output != "" {
		hangup, stop := hangups()
		defer stop()
		r.hangup = hangup
	}
	r.views = append(r.views, r.openScreen(ctx, c, m, n, quit))
	report, err := r.do(ctx)
	if err != nil {
		return err
	}
	return s.verdict(&report)
}

// openScreen opens the full-screen view if there is a terminal for it that
// nothing else is printed to. Else, or if that fails, the view is lines.
func (r *liveRun) openScreen(ctx context.Context, c *cobra.Command, m liveMachine, n notes, quit func()) liveView {
	s, w, lines := r.settings, c.OutOrStdout(), r.lines(n)
	_, ok := terminal(w)
	if ok && m.screen != nil && !s.noTUI && (s.format == tableFormat.name || s.output != "") {
		v, err := m.screen(ctx, c.InOrStdin(), w, lookOf(w, &s.settings), r.origins, quit, lines)
		if err == nil {
			r.hops = shownHops
			return v
		}
		n.note("%v", err)
	}
	n.note("reading %s until Ctrl-C", r.report.name)
	return lines
}

// lines is the view that needs no screen: notes on standard error, and, unless
// the format prints objects, events where the results go. Those in a file are
// there beside a full-screen view too.
func (r *liveRun) lines(n notes) liveView {
	lines := newNoteLines(n)
	if r.settings.format != tableFormat.name {
		return lines
	}
	events := newEventLines(r.results, &r.settings.settings, r.clock.idle)
	if r.settings.output != "" {
		r.views = append(r.views, events)
		return lines
	}
	lines.finding, lines.handshake = events.finding, events.handshake
	return lines
}

// errReaderGone is why an output ended where no write has failed yet.
var errReaderGone = errors.New("nobody reads the pipe any more")
