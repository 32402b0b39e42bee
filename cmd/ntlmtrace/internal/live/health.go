package live

import (
	"errors"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/run"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"

	measured "runtime/metrics"
	"slices"
	"time"
)

// update reports to the views, the counters and, once a minute, the printer how
// the capture is doing, and writes what could not be written before.
func (r *Run) update() {
	for _, text := range r.source.Notes() {
		r.note(text)
	}
	r.results.flush()
	if r.writer != nil {
		r.writer.Flush(r.clock.idle())
	}
	if r.err == nil && readerGone(r.results.w) {
		r.results.leave(errReaderGone)
	}
	if r.err == nil {
		r.err = r.results.gone
	}
	full := r.clock.last.Running >= r.minute
	if full {
		r.minute = r.clock.last.Running + healthEvery
		r.analysis.Review(r.sources()) // what is found at the end of a file, a service has to find by and by
	}
	r.measure()
	r.counter.Update(&r.health)
	r.views.health(&r.health)
	if full && r.err == nil && r.printer.Health != nil {
		r.err = r.printer.Health(&r.health)
	}
}

// measure brings health up to date.
func (r *Run) measure() {
	now := r.clock.last
	before := r.health
	h := watch.Health{
		At: time.Unix(0, now.Wall).UTC(), Since: time.Unix(0, r.began.Wall).UTC(),
		Interfaces: slices.Concat(r.options.Interfaces, r.named),
		Packets:    r.report.Packets, Bytes: r.report.Bytes,
		Kernel: r.source.Stats().Dropped, Memory: memoryInUse(),
	}
	h.Summary, h.Hops = r.analysis.Snapshot(r.sources(), r.hops)
	totals := r.totals(h.Summary.NotRead)
	h.Counters, h.Lost = totals.Counters(), totals.Files.Lost
	h.Own = h.Summary.NotRead.Evicted + h.Summary.NotRead.ForgottenEarly + totals.Lines + h.Lost
	if span := (now.Running - r.measured).Seconds(); span > 0 {
		h.PacketRate = float64(h.Packets-before.Packets) / span
		h.ByteRate = float64(h.Bytes-before.Bytes) / span
	}
	r.health, r.measured = h, now.Running
}

// totals returns what all parts have counted; n is what the analysis has.
func (r *Run) totals(n report.NotRead) run.Totals {
	t := run.Totals{Sources: r.sources(), Analysis: n, Live: r.source.Stats(), Lines: r.results.dropped}
	if r.writer != nil {
		t.Kept, t.Files = r.writer.Stats()
	}
	return t
}

// memoryInUse is how much memory the runtime has from the operating system, but
// for what it has given back, in bytes.
func memoryInUse() int64 {
	samples := [...]measured.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	measured.Read(samples[:])
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}

// errReaderGone is why an output ended where no write has failed yet.
var errReaderGone = errors.New("nobody reads the pipe any more")
