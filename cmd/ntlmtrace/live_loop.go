package main

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
	"ntlmtrace/capture/live"
)

const (
	// liveWait is how long the loop waits for a packet before it looks up.
	liveWait = 100 * time.Millisecond
	// liveLook is after how many packets it looks up at the latest.
	liveLook = 64
	// liveRefresh is how often views and counters are brought up to date.
	liveRefresh = 500 * time.Millisecond
	// liveRest is how long it reads at most what came before the end.
	liveRest = 500 * time.Millisecond
	// liveIdle is how long a connection without packets is kept. In a file that is
	// an hour; a service has to let go of what nobody closed.
	liveIdle = 10 * time.Minute
)

// liveRun is one live capture, all of it in one goroutine.
type liveRun struct {
	settings *liveSettings
	source   packetSource
	results  *liveOutput
	notes    notes
	metrics  *metrics // nil: none
	views    liveViews
	printer  printer
	stream   bool // of the format
	hangup   <-chan os.Signal

	clock    *liveClock
	tap      *tap    // its assembler and decoder; it has no file
	writer   *writer // nil if nothing is written
	analysis *analysis.Analysis
	origins  *origins
	report   sourceReport
	last     int      // interface of the packet before
	heard    []bool   // the interfaces that packets came from
	named    []string // their names, of any
	err      error    // why results cannot be written

	began    instant
	advance  int64         // when the analysis hears of capture time again
	refresh  time.Duration // when the views are told again, by the running clock
	minute   time.Duration // when health is printed again
	health   liveHealth    // as last told
	measured time.Duration // when
	hops     int           // how many hops the views want to know
}

// newLiveRun prepares to read src and to print to out in format f.
func newLiveRun(s *liveSettings, f format, src packetSource, out *liveOutput, n notes, read func() instant) *liveRun {
	r := &liveRun{
		settings: s, source: src, results: out, notes: n, stream: f.stream,
		clock: newLiveClock(read), advance: math.MinInt64, last: -1,
	}
	r.began = r.clock.last
	r.minute = r.began.running + healthEvery
	r.report.name = strings.Join(s.interfaces, ",")
	r.report.linkTypes = linkNames(src)
	r.origins = &origins{names: []string{r.report.name}, taps: [][]span{{{0, 0}}}}
	r.printer = f.open(out, &s.settings, r.origins)
	out.note = r.note
	return r
}

// begin makes what follows the packets, and what --write asks for.
func (r *liveRun) begin() error {
	if r.settings.write.name != "" {
		var err error
		if r.writer, err = newWriter(&r.settings.write, r, r.began.wall, nil, func(err error) { r.note(err.Error()) }); err != nil {
			return fmt.Errorf("--write: %w", err)
		}
	}
	out := analysis.Output{Finding: r.finding, Verdict: r.judged}
	if !r.stream {
		out.Handshake = r.left
	}
	o := r.settings.analysis()
	o.Wake = func() { r.tap.decoder.Wake() }
	r.analysis = analysis.New(o, out)
	r.tap = newTap(0, &r.settings.settings, r.analysis, r.writer)
	return nil
}

// do reads until ctx ends, or --duration, --packets or the source do, and
// prints what is to be printed at the end.
func (r *liveRun) do(ctx context.Context) (report.Report, error) {
	failure := r.read(ctx)
	if failure != nil {
		r.report.failure = failure.Error()
	}
	r.update()
	r.views.close()
	r.views = nil
	report := r.end()
	if failure != nil && r.err != nil {
		r.notes.failure(r.err)
	}
	return report, cmp.Or(failure, r.err)
}

// read is the loop. It gives why the source ended, if it did.
func (r *liveRun) read(ctx context.Context) error {
	var p capture.Packet
	for n := 0; r.err == nil; n++ {
		err := r.source.Next(&p, liveWait)
		idle := errors.Is(err, live.ErrTimeout)
		if err != nil && !idle {
			return err
		}
		if idle || n%liveLook == 0 || r.clock.due(p.Time) {
			r.look()
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

// rest follows what was captured before the end was asked for: the kernel hands
// packets over some time after they came. p and err are what was read last.
func (r *liveRun) rest(p *capture.Packet, err error) error {
	asked := r.clock.last
	if errors.Is(err, live.ErrTimeout) {
		err = r.source.Next(p, liveWait)
	}
	for n := 1; err == nil && p.Time <= asked.wall && r.err == nil; n++ {
		if r.packet(p) {
			return nil
		}
		if n%liveLook == 0 && r.clock.read().running-asked.running > liveRest {
			return nil
		}
		err = r.source.Next(p, liveWait)
	}
	if errors.Is(err, live.ErrTimeout) {
		return nil
	}
	return err
}

// late reports whether --duration is over.
func (r *liveRun) late() bool {
	d := r.settings.duration
	return d > 0 && r.clock.last.running-r.began.running >= d
}

// packet follows one packet. It reports whether it was the last of --packets.
func (r *liveRun) packet(p *capture.Packet) (last bool) {
	if !r.tap.wanted(p) {
		return false
	}
	s := &r.report
	s.packets++
	s.bytes += int64(len(p.Data))
	p.Frame = s.packets
	if p.Interface != r.last {
		r.newInterface(p.Interface)
	}
	p.Time = r.clock.packet(p.Time)
	if s.packets == 1 {
		s.first, s.last = p.Time, p.Time
	}
	s.last = max(s.last, p.Time)
	if p.Time >= r.advance {
		r.analysis.Advance(p.Time)
		r.advance = p.Time + advanceEvery
	}
	r.tap.follow(p)
	return s.packets == r.settings.packets
}

// wait lets time pass where no packet comes, so that what waits for more of
// them is decided.
func (r *liveRun) wait() {
	t := r.clock.idle()
	if t == 0 {
		return
	}
	r.tap.assembler.Advance(t)
	r.analysis.Advance(t)
}

// look reads the clock, and does what is due by it.
func (r *liveRun) look() {
	if back := r.clock.look(); back > 0 {
		r.note(fmt.Sprintf("the clock was set back by %s: times of packets are shown as if it was not", back.Round(time.Millisecond)))
	}
	select {
	case <-r.hangup:
		r.results.again()
	default:
	}
	if r.clock.last.running >= r.refresh {
		r.refresh = r.clock.last.running + liveRefresh
		r.update()
	}
}

// note tells what happened beside the packets. At the end, when there are no
// views any more, standard error is told.
func (r *liveRun) note(text string) {
	if r.views == nil {
		r.notes.note("%s", text)
	}
	r.views.note(text)
}

// finding tells a finding, or a revision of one.
func (r *liveRun) finding(f *report.Finding) {
	if r.err == nil && r.printer.finding != nil {
		r.err = r.printer.finding(f)
	}
	r.metrics.finding(f)
	r.views.finding(f)
}

// judged tells a handshake that has its verdict.
func (r *liveRun) judged(h *report.Handshake) {
	if r.err == nil && r.stream && r.printer.handshake != nil {
		r.err = r.printer.handshake(h)
	}
	r.metrics.handshake(h)
	r.views.handshake(h)
}

// left gives a handshake that leaves the window to a format that lists them.
func (r *liveRun) left(h *report.Handshake) {
	if r.err == nil && r.printer.handshake != nil {
		r.err = r.printer.handshake(h)
	}
}
