// Package live follows the packets of network interfaces while they come.
//
//	Source --packets--> Run: one loop --Tap--> Analysis --> Printer --> Output: a file or a pipe
//	 a ring shared       and its clock            |
//	 with the kernel                              +--> watch.View: screen, lines on standard error
//	                                              +--> Counter: metrics
//
// One goroutine reads, assembles, decodes, analyses and prints. Where no packet
// comes it lets capture time pass, so that what waits for more packets is
// decided. Views and counters must not block it. A full disk does not stop it:
// what cannot be written waits, and is dropped and counted at last.
package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/cmd/ntlmtrace/internal/run"
	"ntlmtrace/cmd/ntlmtrace/internal/write"
	"ntlmtrace/decode/auth"

	capturelive "ntlmtrace/capture/live"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

const (
	// Wait is how long the loop waits for a packet before it checks the clock.
	Wait = 100 * time.Millisecond
	// checkEvery is after how many packets it does so at the latest.
	checkEvery = 64
	// refreshEvery is how often views and counters are brought up to date.
	refreshEvery = 500 * time.Millisecond
	// restAtMost is how long it reads at most what came before the end.
	restAtMost = 500 * time.Millisecond
	// Idle is how long a connection without packets is kept. In a file that is
	// an hour; a service has to let go of what nobody closed.
	Idle = 10 * time.Minute
)

// Run is one live capture, all of it in one goroutine.
type Run struct {
	options Options
	source  Source
	results *Output
	notes   notes.Notes
	counter Counter
	views   views
	printer Printer
	hangup  <-chan os.Signal // the file of results was moved away; nil: never

	clock    *captureClock
	tap      *run.Tap      // its assembler and decoder; it has no file
	writer   *write.Writer // nil if nothing is written
	analysis *analysis.Analysis
	report   result.Source
	last     int      // interface of the packet before
	heard    []bool   // the interfaces that packets came from
	named    []string // their names, of any
	err      error    // why results cannot be written

	began    Instant
	advance  int64         // when the analysis gets the capture time again
	refresh  time.Duration // when the views are brought up to date again, by the running clock
	minute   time.Duration // when health is printed again
	health   watch.Health  // as last reported
	measured time.Duration // when
	hops     int           // how many hops the views want to know
}

// New prepares to read src; results are written to out. The time is that of
// read.
func New(o Options, src Source, out *Output, n notes.Notes, read func() Instant) *Run {
	r := &Run{
		options: o, source: src, results: out, notes: n, counter: uncounted{},
		clock: newCaptureClock(read), advance: math.MinInt64, last: -1,
	}
	r.began = r.clock.last
	r.minute = r.began.Running + healthEvery
	r.report.Name = strings.Join(o.Interfaces, ",")
	r.report.LinkTypes = linkNames(src)
	out.note = r.note
	return r
}

// Locate implements result.Locator: the capture is the only file.
func (r *Run) Locate(_ int, frame int64) (name string, number int64) { return r.report.Name, frame }

// Several implements result.Locator.
func (r *Run) Several() bool { return false }

// Name returns the interfaces that are read.
func (r *Run) Name() string { return r.report.Name }

// Now returns the capture time.
func (r *Run) Now() int64 { return r.clock.idle() }

// Begin makes what follows the packets, and creates the file that
// Options.Write names. What is found is passed to p.
func (r *Run) Begin(p Printer) error {
	r.printer = p
	if o := r.options.Write; o.Name != "" {
		var err error
		if r.writer, err = write.New(o, r, r.began.Wall, nil, func(err error) { r.note(err.Error()) }); err != nil {
			return fmt.Errorf("--write: %w", err)
		}
	}
	out := analysis.Output{Finding: r.finding, Judged: r.judged}
	if !p.Stream {
		out.Handshake = r.left
	}
	o := r.options.Analysis
	o.Open = func() []*auth.Exchange { return r.tap.Decoder.Open() }
	r.analysis = analysis.New(o, out)
	r.tap = run.NewTap(0, r.options.Tap, r.analysis, r.writer)
	return nil
}

// CountWith passes what is found to c too.
func (r *Run) CountWith(c Counter) { r.counter = c }

// Watch reports to v. It is shown at most so many hops.
func (r *Run) Watch(v watch.View, hops int) {
	r.views = append(r.views, v)
	r.hops = max(r.hops, hops)
}

// ReopenOn opens the file of results again whenever something comes from
// hangup.
func (r *Run) ReopenOn(hangup <-chan os.Signal) { r.hangup = hangup }

// Do reads until ctx ends, or --duration, --packets or the source do, and
// prints what is to be printed at the end.
func (r *Run) Do(ctx context.Context) (*result.Result, error) {
	failure := r.read(ctx)
	if failure != nil {
		r.report.Failure = failure.Error()
	}
	r.update()
	r.views.close()
	r.views = nil
	res := r.end()
	if failure != nil && r.err != nil {
		r.notes.Failure(r.err)
	}
	return res, cmp.Or(failure, r.err)
}

// read is the loop. It returns why the source ended, if it did.
func (r *Run) read(ctx context.Context) error {
	var p capture.Packet
	for n := 0; r.err == nil; n++ {
		err := r.source.Next(&p, Wait)
		idle := errors.Is(err, capturelive.ErrTimeout)
		if err != nil && !idle {
			return err
		}
		if idle || n%checkEvery == 0 || r.clock.due(p.Time) {
			r.checkClock()
			if ctx.Err() != nil || r.late() {
				return r.rest(&p, err)
			}
		}
		switch {
		case idle:
			r.wait()
		case r.packet(&p):
			return nil
		}
	}
	return nil
}

// rest follows what was captured before the end was requested: the kernel hands
// packets over some time after they came. p and err are what was read last.
func (r *Run) rest(p *capture.Packet, err error) error {
	asked := r.clock.last
	if errors.Is(err, capturelive.ErrTimeout) {
		err = r.source.Next(p, Wait)
	}
	for n := 1; err == nil && p.Time <= asked.Wall && r.err == nil; n++ {
		if r.packet(p) {
			return nil
		}
		if n%checkEvery == 0 && r.clock.read().Running-asked.Running > restAtMost {
			return nil
		}
		err = r.source.Next(p, Wait)
	}
	if errors.Is(err, capturelive.ErrTimeout) {
		return nil
	}
	return err
}

// late reports whether --duration is over.
func (r *Run) late() bool {
	d := r.options.Duration
	return d > 0 && r.clock.last.Running-r.began.Running >= d
}

// packet follows one packet. It reports whether it was the last of --packets.
func (r *Run) packet(p *capture.Packet) (last bool) {
	if !r.tap.Wanted(p) {
		return false
	}
	s := &r.report
	s.Packets++
	s.Bytes += int64(len(p.Data))
	p.Frame = s.Packets
	if p.Interface != r.last {
		r.newInterface(p.Interface)
	}
	p.Time = r.clock.packet(p.Time)
	if s.Packets == 1 {
		s.First, s.Last = p.Time, p.Time
	}
	s.Last = max(s.Last, p.Time)
	if p.Time >= r.advance {
		r.analysis.Advance(p.Time)
		r.advance = p.Time + run.AdvanceEvery
	}
	r.tap.Follow(p)
	return s.Packets == r.options.Packets
}

// wait lets time pass where no packet comes, so that what waits for more of
// them is decided.
func (r *Run) wait() {
	t := r.clock.idle()
	if t == 0 {
		return
	}
	r.tap.Assembler.Advance(t)
	r.analysis.Advance(t)
}

// checkClock reads the clock, and does what is due by it.
func (r *Run) checkClock() {
	if back := r.clock.check(); back > 0 {
		r.note(fmt.Sprintf("the clock was set back by %s: times of packets are shown as if it was not", back.Round(time.Millisecond)))
	}
	select {
	case <-r.hangup:
		r.results.again()
	default:
	}
	if r.clock.last.Running >= r.refresh {
		r.refresh = r.clock.last.Running + refreshEvery
		r.update()
	}
}

// note reports what happened beside the packets. At the end, when there are no
// views any more, it is written to standard error.
func (r *Run) note(text string) {
	if r.views == nil {
		r.notes.Note("%s", text)
	}
	r.views.note(text)
}

// finding reports a finding, or a revision of one.
func (r *Run) finding(f *report.Finding) {
	if r.err == nil && r.printer.Finding != nil {
		r.err = r.printer.Finding(f)
	}
	r.counter.Finding(f)
	r.views.finding(f)
}

// judged reports a handshake that the rules have judged.
func (r *Run) judged(h *report.Handshake) {
	if r.err == nil && r.printer.Stream && r.printer.Handshake != nil {
		r.err = r.printer.Handshake(h)
	}
	r.counter.Handshake(h)
	r.views.handshake(h)
}

// left passes a handshake that leaves the window to a format that lists them.
func (r *Run) left(h *report.Handshake) {
	if r.err == nil && r.printer.Handshake != nil {
		r.err = r.printer.Handshake(h)
	}
}
