package live

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/run"
	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

// healthEvery is how often a capture without a full-screen view reports its
// health.
const healthEvery = time.Minute

// EventLines returns a View that writes each event as a line to w, for people
// who read a terminal or a log file: the newest is at the end. now is the
// capture time.
func EventLines(w io.Writer, p term.Page, handshakes bool, now func() int64) watch.View {
	l := p.Look(w)
	v := watch.View{Finding: func(f *report.Finding) {
		io.WriteString(w, findingLine(l, now(), f))
	}}
	if handshakes {
		v.Handshake = func(h *report.Handshake) { io.WriteString(w, handshakeLine(h)) }
	}
	return v
}

// NoteLines returns a View that writes to n what happens, and once a minute how
// the capture is doing, if anything has changed.
func NoteLines(n notes.Notes) watch.View {
	h := &healthLines{n: n}
	return watch.View{
		Health: h.health,
		Note:   func(text string) { n.Note("%s", text) },
	}
}

// findingLine is a finding, or a revision of one reported before.
func findingLine(l term.Look, at int64, f *report.Finding) string {
	again := ""
	switch {
	case f.Withdrawn:
		again = ", withdrawn: what was seen later explains it, or speaks against it"
	case f.Revision > 0:
		again = fmt.Sprintf(", revision %d, seen %s times", f.Revision, units.Grouped(int64(f.Count)))
	}
	severity := fmt.Sprintf("%-6s", strings.ToUpper(f.Severity.String()))
	return fmt.Sprintf("%s  %s  %s  %s  [finding %d%s%s]\n", units.Clock(at), words.Severity(l, f.Severity, severity), l.Bold(f.Rule.ID),
		safe.Text(f.Summary), f.ID, again, evidenceFrames(f))
}

// evidenceFrames lists the frames that prove f.
func evidenceFrames(f *report.Finding) string {
	if len(f.Evidence) == 0 {
		return ""
	}
	frames := make([]string, len(f.Evidence))
	for i, e := range f.Evidence {
		frames[i] = strconv.FormatInt(e.Frame, 10)
	}
	return ", frames " + strings.Join(frames, " ")
}

// handshakeLine is a handshake with its outcome.
func handshakeLine(h *report.Handshake) string {
	return fmt.Sprintf("%s  handshake %d  %s  %s  %s -> %s  %s  %s  [frames %s]\n", units.Clock(h.Time), h.ID, safe.Text(words.Scheme(h)), safe.Text(cmp.Or(words.User(h), "(none)")),
		h.Conn.Client, h.Conn.Server, safe.Text(h.Target), words.Outcome(h), words.Frames(h, func(f int64) int64 { return f }))
}

// healthLines writes a health line once a minute.
type healthLines struct {
	n    notes.Notes
	last watch.Health // as last reported, or as the minute began
}

func (l *healthLines) health(h *watch.Health) {
	if l.last.At.IsZero() {
		l.last = *h
	}
	span := h.At.Sub(l.last.At)
	if span >= 0 && span < healthEvery {
		return
	}
	// A clock that was set back begins a new minute.
	if span > 0 && (h.Packets != l.last.Packets || h.Kernel != l.last.Kernel || h.Own != l.last.Own) {
		l.n.Note("%s", healthLine(h, &l.last))
	}
	l.last = *h
}

// healthLine returns what came since last and what of it was lost, then what
// there is in all.
func healthLine(h, last *watch.Health) string {
	text := fmt.Sprintf("%s in %s: %s dropped by the kernel, %s by us", units.Count(h.Packets-last.Packets, "packet"), h.At.Sub(last.At).Round(time.Second),
		units.Grouped(h.Kernel-last.Kernel), units.Grouped(h.Own-last.Own))
	for _, lost := range []struct {
		n    int64
		what string
	}{{h.Counters.Value(run.OutputDrops) - last.Counters.Value(run.OutputDrops), "line"}, {h.Lost - last.Lost, "packet"}} {
		if lost.n > 0 {
			text += ", " + units.Count(lost.n, lost.what) + " not written"
		}
	}
	text += fmt.Sprintf("; in all %s, %s, %s, %s of memory", units.Count(h.Summary.Connections, "connection"), units.Count(h.Summary.Handshakes, "handshake"),
		units.Count(h.Summary.Findings, "finding"), units.Bytes(h.Memory))
	if in := words.Troubles(h.Summary.Unexplained); in != "" {
		text += "; " + in + ", which no rule explains"
	}
	if unread := words.NotRead(h.Counters); unread != "" {
		text += "; not seen: " + unread
	}
	return text
}
