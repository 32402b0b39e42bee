package main

import (
	"cmp"
	"context"
	"io"
	"math"
	"slices"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/report"
	"ntlmtrace/decode"
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
// One file is read in one goroutine. Of several each has its own, see
// readSideBySide: the analysis hears of everything in the order in which it
// happened, and the same captures always give the same output.
type run struct {
	settings *settings
	stdin    io.Reader
	notes    notes
	progress *progress

	files    []*file
	taps     []*tap
	origins  *origins
	analysis *analysis.Analysis
	printer  printer
	err      error // of the printer
	advance  int64 // when the analysis hears of the capture time again

	writer *writer // nil if nothing is written

	tapes []*tape // of the taps, where several files are read side by side
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
	if len(names) == 1 {
		o.Wake = r.wake
	}
	r.analysis = analysis.New(o, r.output())
	return r
}

// output hands what the analysis finds to the printer until that fails.
func (r *run) output() analysis.Output {
	var out analysis.Output
	if print := r.printer.handshake; print != nil {
		out.Handshake = func(h *report.Handshake) {
			if r.err == nil {
				r.err = print(h)
			}
		}
	}
	if print := r.printer.finding; print != nil {
		out.Finding = func(f *report.Finding) {
			if r.err == nil {
				r.err = print(f)
			}
		}
	}
	return out
}

// do reads everything and prints it. When ctx ends, what was found so far is
// printed.
func (r *run) do(ctx context.Context) (report.Report, error) {
	waiting := r.queue()
	if err := r.openWriter(); err != nil {
		return report.Report{}, err
	}
	r.progress.begin(r.files)
	if len(r.files) > 1 {
		r.readSideBySide(ctx, waiting)
	} else if len(waiting) > 0 {
		r.read(ctx, waiting[0])
	}
	r.progress.end()
	if ctx.Err() != nil {
		r.notes.warning("interrupted: this is what was found so far")
	}
	for _, f := range r.files {
		f.close(r.notes)
	}
	if !slices.ContainsFunc(r.files, func(f *file) bool { return f.read }) {
		return report.Report{}, errNothingRead
	}
	var sources []analysis.SourceReport
	for i, t := range r.taps {
		t.assembler.Close()
		if len(r.tapes) > 0 {
			for _, e := range r.tapes[i].take() {
				e.do(r.analysis)
			}
		}
		sources = append(sources, analysis.SourceReport{Name: r.origins.first(t.index), Capture: t.assembler.Stats(), Decode: t.decoder.Stats()})
	}
	result := &result{report: r.analysis.End(sources), interrupted: ctx.Err() != nil}
	if r.writer != nil {
		result.written = r.writer.close()
		result.written.tell(r.notes)
	}
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

// openWriter begins what --write asks for, if the capture can be read.
func (r *run) openWriter() error {
	s := &r.settings.write
	f := r.files[0]
	if s.name == "" || f.report.failure != "" && !f.read {
		return nil
	}
	w, err := newWriter(s, f, f.report.first, statAll(r.origins.names, r.stdin), func(err error) { r.notes.warning("%v", err) })
	if err != nil {
		f.close(r.notes)
		return err
	}
	r.writer = w
	return nil
}

// read gives every packet of the one file to its tap, and the analysis what
// comes of it at once.
func (r *run) read(ctx context.Context, f *file) {
	t := r.begin(f)
	for n, check := 0, 0; t != nil && t.file != nil && r.err == nil; {
		if n >= check {
			check = n + checkEvery
			f.note()
			r.progress.update(r.files)
			if ctx.Err() != nil {
				return
			}
		}
		if t.time >= r.advance {
			r.analysis.Advance(t.time)
			r.advance = t.time + advanceEvery
		}
		n += t.steps(r.advance, r.notes)
	}
}

// begin opens f as the next file of the tap that ended last before it, or,
// where all are still running, as another tap.
func (r *run) begin(f *file) *tap {
	if f.source == nil && !f.open(r.stdin, r.settings.reader(), r.notes) {
		return nil // it was there a moment ago
	}
	var t *tap
	for _, idle := range r.taps {
		if !idle.running && idle.time <= f.report.first && (t == nil || idle.time > t.time) {
			t = idle
		}
	}
	if t == nil {
		t = newTap(len(r.taps), r.settings, r.sink(), r.writer)
		r.taps = append(r.taps, t)
		r.origins.taps = append(r.origins.taps, nil)
	}
	r.analysis.Names(f.source.Names())
	r.origins.taps[t.index] = append(r.origins.taps[t.index], span{f.index, t.base})
	t.begin(f)
	return t
}

// wake ends the quiet of connections. With several files there is none: what
// their decoders tell comes later to the analysis.
func (r *run) wake() {
	for _, t := range r.taps {
		t.decoder.Wake()
	}
}

// sink gives what the decoder of the next tap tells: the analysis, or, where
// several files are read side by side, a tape for it.
func (r *run) sink() decode.Sink {
	if len(r.files) == 1 {
		return r.analysis
	}
	rec := &tape{}
	r.tapes = append(r.tapes, rec)
	return rec
}
