// Package run reads captures and has them analysed: its Run is what the command
// does with the files on its command line.
//
//	one file       file --packets--> Tap: filter, Assembler, Decoder --exchanges--> Analysis --> Output, Result
//
//	several files  file --> Tap --> feed, a goroutine each --events in batches--+
//	               file --> Tap --> feed -------------------------------------- merge by capture time --> Analysis
//
// Files that continue one another share a Tap; their frames are counted
// through, and Origins turns a frame of a Tap back into that of its file.
// Clocks of several files are compared first. Nothing here knows flags or
// formats.
package run

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/write"
	"ntlmtrace/decode/auth"
)

const (
	// checkEvery is after how many packets the run checks whether it is to
	// stop, and shows how far it is.
	checkEvery = 4096
	// AdvanceEvery is how much capture time may pass before the analysis gets
	// it, in nanoseconds.
	AdvanceEvery = 50e6
)

// ErrNothingRead ends a run in which every file failed, after a warning each.
var ErrNothingRead = errors.New("nothing could be read")

// Run is one reading of captures: open, assemble, decode, analyse.
//
// One file is read in one goroutine. Of several each has its own, see
// readSideBySide: the analysis gets everything in the order in which it
// happened, and the output for the same captures is always the same.
type Run struct {
	options Options
	notes   notes.Notes

	files    []*file
	taps     []*Tap
	origins  *Origins
	analysis *analysis.Analysis
	output   Output
	err      error // of the output
	advance  int64 // when the analysis gets the capture time again

	writer *write.Writer // nil if nothing is written

	tapes []*tape // of the taps, where several files are read side by side
}

// New prepares to read what o names.
func New(o Options) *Run {
	r := &Run{
		options: o, notes: o.Notes,
		origins: &Origins{names: o.Names},
		advance: math.MinInt64,
	}
	for i, name := range o.Names {
		r.files = append(r.files, &file{index: i, report: &result.Source{Name: name}})
	}
	return r
}

// Places returns the locator of the frames of the run.
func (r *Run) Places() result.Locator { return r.origins }

// found hands what the analysis finds to the output until that fails.
func (r *Run) found() analysis.Output {
	var out analysis.Output
	if take := r.output.Handshake; take != nil {
		out.Handshake = func(h *report.Handshake) {
			if r.err == nil {
				r.err = take(h)
			}
		}
	}
	if take := r.output.Finding; take != nil {
		out.Finding = func(f *report.Finding) {
			if r.err == nil {
				r.err = take(f)
			}
		}
	}
	return out
}

// Do reads everything and returns what was found, beside what it passed to out.
// When ctx ends, that is what was found so far. The error is that of out, of
// creating what is to be written, or ErrNothingRead.
func (r *Run) Do(ctx context.Context, out Output) (*result.Result, error) {
	r.output = out
	o := r.options.Analysis
	o.Frame = r.origins.number
	if len(r.files) == 1 {
		o.Open = r.open
	}
	r.analysis = analysis.New(o, r.found())
	waiting := r.queue(ctx)
	if err := r.openWriter(); err != nil {
		return nil, err
	}
	r.readAll(ctx, waiting)
	if ctx.Err() != nil {
		r.notes.Warning("interrupted: this is what was found so far")
	}
	for _, f := range r.files {
		f.close(r.notes)
	}
	if !slices.ContainsFunc(r.files, func(f *file) bool { return f.read }) {
		return nil, ErrNothingRead
	}
	return r.end(ctx.Err() != nil), r.err
}

// readAll reads the files that wait, with the progress shown.
func (r *Run) readAll(ctx context.Context, waiting []*file) {
	if p := r.options.Progress; p != nil {
		p.Begin(r.size())
		defer p.End()
	}
	if len(r.files) > 1 {
		r.readSideBySide(ctx, waiting)
	} else if len(waiting) > 0 {
		r.read(ctx, waiting[0])
	}
}

// progress shows how far the run is.
func (r *Run) progress() {
	if p := r.options.Progress; p != nil {
		p.Update(r.offset())
	}
}

// end closes what was read and returns what was found.
func (r *Run) end(interrupted bool) *result.Result {
	var sources []analysis.SourceReport
	for i, t := range r.taps {
		t.Assembler.Close()
		if len(r.tapes) > 0 {
			for _, e := range r.tapes[i].take() {
				e.do(r.analysis)
			}
		}
		sources = append(sources, analysis.SourceReport{Name: r.origins.first(t.index), Capture: t.Assembler.Stats(), Decode: t.Decoder.Stats()})
	}
	res := &result.Result{Report: r.analysis.End(sources), Interrupted: interrupted}
	totals := Totals{Sources: sources, Analysis: res.Report.Summary.NotRead}
	if r.writer != nil {
		res.Written = r.writer.Close()
		totals.Kept, totals.Files = r.writer.Stats()
		write.Report(r.notes, res.Written)
	}
	for _, f := range r.files {
		res.Sources = append(res.Sources, f.report)
		totals.Drops += f.report.Drops
	}
	res.Counters = totals.Counters()
	return res
}

// size returns how many bytes the files have as stored; 0 if one of them does
// not say.
func (r *Run) size() (n int64) {
	for _, f := range r.files {
		if f.size == 0 && f.read {
			return 0
		}
		n += f.size
	}
	return n
}

// offset returns how many bytes of the files were read.
func (r *Run) offset() (n int64) {
	for _, f := range r.files {
		n += f.offset()
	}
	return n
}

// queue opens the files and puts those with packets in the order of their first
// ones; of those that begin together, the one named first comes first.
func (r *Run) queue(ctx context.Context) []*file {
	var waiting []*file
	for _, f := range r.files {
		if f.open(r.options.Stdin, r.options.Limits, r.notes) {
			waiting = append(waiting, f)
			if len(r.files) > 1 {
				f.suspend()
			}
		}
	}
	r.setClocks(ctx, waiting)
	slices.SortStableFunc(waiting, func(a, b *file) int { return cmp.Compare(a.report.First, b.report.First) })
	return waiting
}

// read passes every packet of the one file to its tap, and what comes of it to
// the analysis at once.
func (r *Run) read(ctx context.Context, f *file) {
	t := r.begin(f)
	for n, check := 0, 0; t != nil && t.file != nil && r.err == nil; {
		if n >= check {
			check = n + checkEvery
			f.note()
			r.progress()
			if ctx.Err() != nil {
				return
			}
		}
		if t.time >= r.advance {
			r.analysis.Advance(t.time)
			r.advance = t.time + AdvanceEvery
		}
		n += t.steps(r.advance, r.notes)
	}
}

// begin opens f as the next file of the tap that ended last before it, or,
// where all are still running, as another tap.
func (r *Run) begin(f *file) *Tap {
	if f.source == nil && !f.open(r.options.Stdin, r.options.Limits, r.notes) {
		return nil // it was there a moment ago
	}
	var t *Tap
	for _, idle := range r.taps {
		if !idle.running && idle.time <= f.report.First && (t == nil || idle.time > t.time) {
			t = idle
		}
	}
	if t == nil {
		t = NewTap(len(r.taps), r.options.Tap, r.sink(), r.writer)
		r.taps = append(r.taps, t)
		r.origins.taps = append(r.origins.taps, nil)
	}
	r.analysis.Names(f.source.Names())
	r.origins.taps[t.index] = append(r.origins.taps[t.index], span{f.index, t.base})
	t.begin(f)
	return t
}

// open returns the requests that wait on connections of which only logons were
// wanted until now. With several files every exchange is wanted from the start:
// what their decoders report comes later to the analysis.
func (r *Run) open() []*auth.Exchange {
	var waiting []*auth.Exchange
	for _, t := range r.taps {
		waiting = append(waiting, t.Decoder.Open()...)
	}
	return waiting
}

// sink returns what the decoder of the next tap reports to: the analysis, or,
// where several files are read side by side, a tape for it.
func (r *Run) sink() auth.Sink {
	if len(r.files) == 1 {
		return r.analysis
	}
	rec := &tape{}
	r.tapes = append(r.tapes, rec)
	return rec
}
