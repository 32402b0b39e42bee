package main

import (
	"cmp"
	"context"
	"io"
	"math"
	"slices"

	"ntlmtrace/analysis"
)

const (
	// checkEvery is after how many packets the run looks up: whether it is to
	// stop, and how far it is.
	checkEvery = 4096
	// advanceEvery is how much capture time may pass before the analysis hears
	// of it, in nanoseconds.
	advanceEvery = 50e6
)

// run is one reading of the captures given: open, assemble, decode, analyse.
//
// All of it happens in one goroutine. Taps take turns by capture time, packet by
// packet, so that the analysis hears of everything in the order in which it
// happened, and the same captures always give the same output.
type run struct {
	settings *settings
	stdin    io.Reader
	notes    notes
	progress *progress

	files     []*file
	taps      []*tap
	origins   *origins
	analysis  *analysis.Analysis
	printer   printer
	err       error // of the printer
	advance   int64 // when the analysis hears of the capture time again
	unchecked int   // packets since the run last looked up
}

// newRun prepares to read the files called names and to print to w in format f.
func newRun(s *settings, f format, names []string, stdin io.Reader, w io.Writer, n notes) *run {
	r := &run{
		settings: s, stdin: stdin, notes: n,
		progress: newProgress(n.w),
		origins:  &origins{names: names},
		advance:  math.MinInt64,
	}
	for i, name := range names {
		r.files = append(r.files, &file{index: i, report: &sourceReport{name: name}})
	}
	r.printer = f.open(w, s, r.origins)
	o := s.analysis()
	o.Frame = r.origins.number
	r.analysis = analysis.New(o, r.output())
	return r
}

// output hands what the analysis finds to the printer until that fails.
func (r *run) output() analysis.Output {
	var out analysis.Output
	if print := r.printer.handshake; print != nil {
		out.Handshake = func(h *analysis.Handshake) {
			if r.err == nil {
				r.err = print(h)
			}
		}
	}
	if print := r.printer.finding; print != nil {
		out.Finding = func(f *analysis.Finding) {
			if r.err == nil {
				r.err = print(f)
			}
		}
	}
	return out
}

// do reads everything and prints it. When ctx ends, what was found so far is
// printed.
func (r *run) do(ctx context.Context) (analysis.Report, error) {
	waiting := r.queue()
	r.progress.begin(r.files)
	r.read(ctx, waiting)
	r.progress.end()
	if ctx.Err() != nil {
		r.notes.warning("interrupted: this is what was found so far")
	}
	for _, f := range r.files {
		f.close(r.notes)
	}
	if !slices.ContainsFunc(r.files, func(f *file) bool { return f.read }) {
		return analysis.Report{}, errNothingRead
	}
	var sources []analysis.SourceReport
	for _, t := range r.taps {
		t.assembler.Close()
		sources = append(sources, analysis.SourceReport{Name: r.origins.first(t.index), Capture: t.assembler.Stats(), Decode: t.decoder.Stats()})
	}
	result := &result{report: r.analysis.End(sources), interrupted: ctx.Err() != nil}
	for _, f := range r.files {
		result.sources = append(result.sources, f.report)
	}
	if r.err == nil {
		r.err = r.printer.end(result)
	}
	return result.report, r.err
}

// queue opens the files and puts those with packets in the order of their first
// ones; of those that begin together, the one named first comes first.
func (r *run) queue() []*file {
	var waiting []*file
	for _, f := range r.files {
		if f.open(r.stdin, r.settings.reader(), r.notes) {
			waiting = append(waiting, f)
			if len(r.files) > 1 {
				f.suspend()
			}
		}
	}
	r.setClocks(waiting)
	slices.SortStableFunc(waiting, func(a, b *file) int { return cmp.Compare(a.report.first, b.report.first) })
	return waiting
}

// read gives every packet to its tap.
func (r *run) read(ctx context.Context, waiting []*file) {
	r.unchecked = checkEvery // the user may have given up already
	for r.err == nil {
		if r.unchecked >= checkEvery {
			r.unchecked = 0
			r.progress.update(r.files)
			if ctx.Err() != nil {
				return
			}
		}
		t := r.earliest()
		if len(waiting) > 0 && (t == nil || waiting[0].report.first < t.time) {
			r.begin(waiting[0])
			waiting = waiting[1:]
			continue
		}
		if t == nil {
			return
		}
		r.turn(t, r.until(t, waiting))
	}
}

// earliest gives the running tap whose next packet was captured first.
func (r *run) earliest() *tap {
	var first *tap
	for _, t := range r.taps {
		if t.file != nil && (first == nil || t.time < first.time) {
			first = t
		}
	}
	return first
}

// until gives the last moment of the turn of t: then another tap or a waiting
// file is next.
func (r *run) until(t *tap, waiting []*file) int64 {
	last := int64(math.MaxInt64)
	if len(waiting) > 0 {
		last = waiting[0].report.first
	}
	for _, other := range r.taps {
		switch {
		case other == t || other.file == nil:
		case other.index < t.index:
			last = min(last, other.time-1)
		default:
			last = min(last, other.time)
		}
	}
	return last
}

// begin starts to read f: as the next file of the tap that ended last before
// it, or, where all are still running, as another tap.
func (r *run) begin(f *file) {
	if f.source == nil && !f.open(r.stdin, r.settings.reader(), r.notes) {
		return // it was there a moment ago
	}
	var t *tap
	for _, idle := range r.taps {
		if idle.file == nil && idle.time <= f.report.first && (t == nil || idle.time > t.time) {
			t = idle
		}
	}
	if t == nil {
		t = newTap(len(r.taps), r.settings, r.analysis)
		r.taps = append(r.taps, t)
		r.origins.taps = append(r.origins.taps, nil)
	}
	r.analysis.Names(f.source.Names())
	r.origins.taps[t.index] = append(r.origins.taps[t.index], span{f.index, t.base})
	t.begin(f)
}

// turn reads the packets of t that were captured until last, or fewer: it comes
// back now and then.
func (r *run) turn(t *tap, last int64) {
	for t.file != nil && t.time <= last && r.unchecked < checkEvery {
		if t.time >= r.advance {
			r.analysis.Advance(t.time)
			r.advance = t.time + advanceEvery
		}
		t.step(r.notes)
		r.unchecked++
	}
}
