package main

import (
	"fmt"
	"io"
	"ntlmtrace/analysis/report"
	"strconv"
	"strings"
	"time"
)

// healthEvery is how often a capture without a full-screen view tells how it is.
const healthEvery = time.Minute

// newEventLines shows each event as one line of w, for people who read a
// terminal or a log file: the newest is at the end. now is the capture time.
func newEventLines(w io.Writer, s *settings, now func() int64) liveView {
	l := lookOf(w, s)
	v := liveView{finding: func(f *report.Finding) {
		io.WriteString(w, findingLine(l, now(), f))
	}}
	if s.handshakes {
		v.handshake = func(h *report.Handshake) { io.WriteString(w, handshakeLine(h)) }
	}
	return v
}

// newNoteLines tells on standard error what happens, and once a minute how the
// capture is doing, if anything has changed.
func newNoteLines(n notes) liveView {
	h := &healthLines{n: n}
	return liveView{
		health: h.health,
		note:   func(text string) { n.note("%s", text) },
	}
}

// findingLine is a finding, or a revision of one told before.
func findingLine(l look, at int64, f *report.Finding) string {
	again := ""
	switch {
	case f.Withdrawn:
		again = ", withdrawn: a more specific finding explains it"
	case f.Revision > 0:
		again = fmt.Sprintf(", revision %d, seen %s times", f.Revision, grouped(int64(f.Count)))
	}
	severity := fmt.Sprintf("%-6s", strings.ToUpper(f.Severity.String()))
	return fmt.Sprintf("%s  %s  %s  %s  [finding %d%s%s]\n", clockText(at), l.severity(f.Severity, severity), l.bold(f.Rule.ID),
		safe(f.Summary), f.ID, again, evidenceFrames(f))
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
	return fmt.Sprintf("%s  handshake %d  %s  %s  %s -> %s  %s  %s  [frames %s]\n", clockText(h.Time), h.ID, safe(schemeOf(h)), safe(orNone(userOf(h))),
		h.Conn.Client, h.Conn.Server, safe(h.Target), outcomeOf(h), framesOf(h, func(f int64) int64 { return f }))
}

// healthLines writes a health line once a minute.
type healthLines struct {
	n    notes
	last liveHealth // as last told, or as the minute began
}

func (l *healthLines) health(h *liveHealth) {
	if l.last.At.IsZero() {
		l.last = *h
	}
	span := h.At.Sub(l.last.At)
	if span >= 0 && span < healthEvery {
		return
	}
	// A clock that was set back begins a new minute.
	if span > 0 && (h.Packets != l.last.Packets || h.Kernel != l.last.Kernel || h.Own != l.last.Own) {
		l.n.note("%s", healthLine(h, &l.last))
	}
	l.last = *h
}

// healthLine says what came since the last one and what of it was lost, then what there
// is in all.
func healthLine(h, last *liveHealth) string {
	text := fmt.Sprintf("%s in %s: %s dropped by the kernel, %s by us", count(h.Packets-last.Packets, "packet"), h.At.Sub(last.At).Round(time.Second),
		grouped(h.Kernel-last.Kernel), grouped(h.Own-last.Own))
	for _, lost := range []struct {
		n    int64
		what string
	}{{h.LostLines - last.LostLines, "line"}, {h.Lost - last.Lost, "packet"}} {
		if lost.n > 0 {
			text += ", " + count(lost.n, lost.what) + " not written"
		}
	}
	text += fmt.Sprintf("; in all %s, %s, %s, %s of memory", count(h.Summary.Connections, "connection"), count(h.Summary.Handshakes, "handshake"),
		count(h.Summary.Findings, "finding"), byteText(h.Memory))
	if unread := unreadText(&h.Summary.NotRead); unread != "" {
		text += "; not seen: " + unread
	}
	return text
}
