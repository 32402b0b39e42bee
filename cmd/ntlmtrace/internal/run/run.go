// Package run reads captures and has them analysed: its Run is what the command
// does with the files on its command line.
//
//	files --group--> those that belong together     each group has an Analysis, one after the other
//	                        |
//	                        v
//	          file --packets--> Tap: filter, Assembler, Decoder --exchanges--+
//	          file --packets--> Tap                                        --+--> Analysis --> Output, Result
//
// Files that continue one another share a Tap; their frames are counted
// through, and Origins turns a frame of a Tap back into that of its file. Which
// files belong together, and how far their clocks are apart, is found out
// before by a look at each (relation, profile, group). Of several taps the one
// whose next packet is the earliest goes on, so that the Analysis gets
// everything in the order of capture time. Nothing here knows flags or formats.
package run

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

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
// All is read in one goroutine: the same captures give the same output, and a
// capture that was cut in two gives what the whole one gives.
type Run struct {
	options Options
	notes   notes.Notes

	files    []*file
	taps     []*Tap // of all groups
	open     []*Tap // of the group at hand
	origins  *Origins
	analysis *analysis.Analysis
	sources  []analysis.SourceReport // of all taps
	output   Output
	err      error // of the output
	advance  int64 // when the analysis gets the capture time again

	writer *write.Writer // nil if nothing is written
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
	groups := r.group(ctx, r.queue())
	if err := r.openWriter(); err != nil {
		return nil, err
	}
	reports := r.readAll(ctx, groups)
	if ctx.Err() != nil {
		r.notes.Warning("interrupted: this is what was found so far")
	}
	for _, f := range r.files {
		f.close(r.notes)
	}
	if !slices.ContainsFunc(r.files, func(f *file) bool { return f.read }) {
		return nil, ErrNothingRead
	}
	return r.end(reports, ctx.Err() != nil), r.err
}

// readAll reads the groups one after the other, with the progress shown. There
// is one report at least.
func (r *Run) readAll(ctx context.Context, groups [][]*file) []report.Report {
	if p := r.options.Progress; p != nil {
		p.Begin(r.size())
		defer p.End()
	}
	if len(groups) > 1 {
		r.noteGroups(groups)
	}
	var reports []report.Report
	for i := 0; i < max(1, len(groups)); i++ {
		if i > 0 && (ctx.Err() != nil || r.err != nil) {
			break
		}
		var waiting []*file
		if i < len(groups) {
			waiting = groups[i]
		}
		reports = append(reports, r.analyse(ctx, waiting))
	}
	return reports
}

// noteGroups says that files have nothing to do with each other.
func (r *Run) noteGroups(groups [][]*file) {
	for i, g := range groups {
		for _, f := range g {
			f.report.Group = i + 1
		}
	}
	why := "share no address, token or name of a machine"
	if r.options.Joining == Separate {
		why = "are taken one by one (--separate)"
	}
	r.notes.Note("%d groups of captures %s: each is analysed by itself, and no finding joins them", len(groups), why)
}

// analyse reads files that belong together and returns what was found in them.
func (r *Run) analyse(ctx context.Context, waiting []*file) report.Report {
	o := r.options.Analysis
	o.Frame = r.origins.number
	o.Open = r.waitingRequests
	o.Taps = len(waiting) > 1
	if r.analysis != nil {
		o.After = r.analysis.LastIDs()
	}
	r.analysis = analysis.New(o, r.found())
	r.advance = math.MinInt64
	first := len(r.taps)
	r.read(ctx, waiting)
	r.open = nil
	// What other groups held counts there.
	sources := make([]analysis.SourceReport, len(r.taps))
	for i, t := range r.taps[first:] {
		r.analysis.Advance(t.time)
		t.Assembler.Close()
		sources[first+i] = analysis.SourceReport{Name: r.origins.first(t.index), Capture: t.Assembler.Stats(), Decode: t.Decoder.Stats()}
	}
	r.sources = append(r.sources, sources[first:]...)
	for _, t := range r.taps[first:] {
		t.Assembler, t.Decoder = nil, nil // they may be large
	}
	return r.analysis.End(sources)
}

// progress shows how far the run is.
func (r *Run) progress() {
	if p := r.options.Progress; p != nil {
		p.Update(r.offset())
	}
}

// end returns what was found.
func (r *Run) end(reports []report.Report, interrupted bool) *result.Result {
	res := &result.Result{Report: report.Join(reports), Interrupted: interrupted}
	totals := Totals{Sources: r.sources, Analysis: res.Report.Summary.NotRead}
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

// queue opens the files and returns those with packets.
func (r *Run) queue() []*file {
	var waiting []*file
	for _, f := range r.files {
		if f.open(r.options.Stdin, r.options.Limits, r.notes) {
			waiting = append(waiting, f)
			if len(r.files) > 1 {
				f.suspend()
			}
		}
	}
	return waiting
}

// read passes every packet of the files that wait to their taps, in the order
// of capture time, and what comes of it to the analysis at once. At one time
// the tap that began first comes first.
func (r *Run) read(ctx context.Context, waiting []*file) {
	for n, check := 0, 0; r.err == nil; {
		t := r.earliest()
		if i := r.due(waiting, t); i >= 0 {
			r.begin(waiting[i])
			waiting = slices.Delete(waiting, i, i+1)
			continue
		}
		if t == nil {
			return
		}
		if n >= check {
			check = n + checkEvery
			t.file.note()
			r.progress()
			if ctx.Err() != nil {
				return
			}
		}
		if t.time >= r.advance {
			r.analysis.Advance(t.time)
			r.advance = t.time + AdvanceEvery
		}
		n += t.steps(r.turn(t, waiting), r.notes)
	}
}

// earliest returns the tap whose next packet is the earliest; nil if none has
// one.
func (r *Run) earliest() *Tap {
	var best *Tap
	for _, t := range r.open {
		if t.file != nil && (best == nil || t.time < best.time) {
			best = t
		}
	}
	return best
}

// due returns the number of the file that begins before the next packet of t,
// which may be nil; -1 if there is none.
func (r *Run) due(waiting []*file, t *Tap) int {
	for i, f := range waiting {
		if t != nil && f.report.First >= t.time {
			break
		}
		if !r.held(f) {
			return i
		}
	}
	return -1
}

// held reports whether f waits for the end of a file that it continues, and
// which it overlaps a little.
func (r *Run) held(f *file) bool {
	return slices.ContainsFunc(r.open, func(t *Tap) bool {
		if t.file == nil || !t.file.whole || t.place != f.place || t.file == f {
			return false
		}
		c := t.before(f, t.file.last)
		return c.inTurn()
	})
}

// turn returns up to what time t may go on.
func (r *Run) turn(t *Tap, waiting []*file) int64 {
	until := r.advance
	for _, other := range r.open {
		switch {
		case other.file == nil || other == t:
		case other.index > t.index:
			until = min(until, other.time+1)
		default:
			until = min(until, other.time)
		}
	}
	for _, f := range waiting {
		if !r.held(f) {
			return min(until, f.report.First+1)
		}
	}
	return until
}

// begin opens f as the next file of the tap that it continues or, if it
// continues none, of another one.
func (r *Run) begin(f *file) {
	if f.source == nil && !f.open(r.options.Stdin, r.options.Limits, r.notes) {
		return // it was there a moment ago
	}
	t := r.continues(f)
	if t == nil {
		t = NewTap(len(r.taps), r.options.Tap, r.analysis, r.writer)
		t.place = f.place
		r.taps, r.open = append(r.taps, t), append(r.open, t)
		r.origins.taps = append(r.origins.taps, nil)
	}
	r.analysis.Names(f.source.Names())
	r.origins.taps[t.index] = append(r.origins.taps[t.index], span{f.index, t.base})
	t.begin(f)
}

// continues returns the tap that f continues: of those at its place that have
// ended the one whose files are called alike, such as a.pcap1 and a.pcap2, and
// of these the one that ended last. It returns nil if there is none.
func (r *Run) continues(f *file) *Tap {
	var best *Tap
	for _, t := range r.open {
		if t.file != nil || t.place != f.place {
			continue
		}
		if c := t.before(f, t.time); !c.inTurn() && (r.options.Joining != Continued || c.gap < 0) {
			continue
		}
		if best == nil || alike(t.last, f) && !alike(best.last, f) || alike(t.last, f) == alike(best.last, f) && t.time > best.time {
			best = t
		}
	}
	return best
}

// alike reports whether the names of two files differ in digits only.
func alike(a, b *file) bool { return withoutDigits(a.report.Name) == withoutDigits(b.report.Name) }

func withoutDigits(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, name)
}

// waitingRequests returns the requests that wait on connections of which only
// logons were wanted until now.
func (r *Run) waitingRequests() []*auth.Exchange {
	var waiting []*auth.Exchange
	for _, t := range r.open {
		waiting = append(waiting, t.Decoder.Open()...)
	}
	return waiting
}
