package http

import (
	"bytes"
	"fmt"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
)

// lost goes on behind a gap: in a body whose length is known nothing is
// missed; elsewhere the next message must be found.
func (f *conversations) lost(c *carrier.Conn, h *conn, s *tcp.Segment) {
	half := &h.half[s.Dir]
	if half.phase == expecting {
		half.phase = half.next
	}
	switch half.phase {
	case muted:
		return
	case counted, chunkData:
		if s.Lost > 0 && s.Lost <= half.left {
			half.skip(s.Lost)
			return
		}
	}
	f.cut(c, h, s.Dir, s.Stamp, "a gap")
	half.phase, half.next, half.lineStart, half.unfinished = searching, starting, true, 0
	half.torn = true
	if s.Lost > 0 {
		f.env.Stats.Incomplete++
		h.gap = true
		h.unsure = h.unsure || h.known && s.Dir == h.server()
		h.unasked = h.unasked || h.known && s.Dir == h.client
	}
}

// cut takes what is there of a head that does not go on: its whole lines count,
// the rest of a line does not, since half a token would be taken for another.
func (f *conversations) cut(c *carrier.Conn, h *conn, dir capture.Dir, at capture.Stamp, by string) {
	half := &h.half[dir]
	k := half.held
	if half.held = nil; k == nil {
		return
	}
	defer f.pool(k)
	end := bytes.LastIndexByte(k.data, '\n') + 1
	if half.phase != starting || end == 0 {
		return
	}
	tail := append([]byte(nil), k.data[end:]...)
	raw := append(k.data[:end], '\n')
	n, v := f.head.parse(raw)
	if v != carrier.Yes || !h.admits(dir, f.head.response) {
		return
	}
	m := message{raw: raw[:n], first: k.first, done: k.last}
	m.problem = auth.Problem{Frame: at.Frame, Text: fmt.Sprintf("head cut by %s in frame %d", by, at.Frame)}
	for _, proxy := range [...]bool{false, true} {
		name := f.head.authName(proxy)
		if _, _, is := fieldValue(tail, name); is {
			f.head.auth = true
			m.problem.Text += ", in its " + name.text
		}
	}
	f.message(c, h, dir, &m)
}

// cutByEnd is cut where the connection ends.
func (f *conversations) cutByEnd(c *carrier.Conn, h *conn, dir capture.Dir, at capture.Stamp) {
	if h.half[dir].held != nil {
		f.env.Stats.Incomplete++
		f.cut(c, h, dir, at, "the end of the connection")
	}
}

// maxSearchLine is the longest line that is taken for the first one of a
// message, or for its first field, while the next message is looked for.
const maxSearchLine = 8 << 10

// feedSearch looks for the next message.
func (f *conversations) feedSearch(c *carrier.Conn, h *conn, s *tcp.Segment, p []byte) []byte {
	half := &h.half[s.Dir]
	if half.torn && len(p) == len(s.Data) && f.beginsAt(h, s.Dir, p) {
		f.release(half)
		half.lineStart = true
	}
	k, old, b := half.held, 0, p
	if k != nil {
		old = len(k.data)
		k.data = append(k.data, p...)
		b = k.data
		// Only a line end, or too many bytes without one, tells more.
		if !k.fresh && old >= 64 && len(b) <= 2*maxSearchLine && bytes.IndexByte(p, '\n') < 0 {
			return nil
		}
		k.fresh = false
	}
	at, v := f.find(h, s.Dir, b)
	switch {
	case v == carrier.Yes && at < old:
		k.data, k.fresh = append(k.data[:0], k.data[at:old]...), true
		half.phase = starting
		return p
	case v == carrier.Yes:
		f.release(half)
		half.phase = starting
		return p[at-old:]
	case v == carrier.No:
		f.release(half)
	case at >= old:
		f.release(half)
		f.hold(half, p[at-old:], s.Stamp)
		half.held.fresh = false
	default:
		k.data = append(k.data[:0], k.data[at:]...)
	}
	return nil
}

// beginsAt reports whether p, a segment in a direction of which bytes were
// lost, begins a message: then no line end need stand before it, as the body
// before it may have none.
func (f *conversations) beginsAt(h *conn, dir capture.Dir, p []byte) bool {
	return recognise(p) == carrier.Yes && f.plausible(h, dir, p) != carrier.No
}

// find looks in b for the beginning of a message that direction dir may send.
// It may stand at a line start only. Maybe says that more bytes must show
// whether there is one at index at.
func (f *conversations) find(h *conn, dir capture.Dir, b []byte) (at int, v carrier.Verdict) {
	half := &h.half[dir]
	for {
		if !half.lineStart {
			nl := bytes.IndexByte(b[at:], '\n')
			if nl < 0 {
				return at, carrier.No
			}
			at += nl + 1
			half.lineStart = true
		}
		if at == len(b) {
			return at, carrier.No
		}
		if v := f.plausible(h, dir, b[at:]); v != carrier.No {
			return at, v
		}
		half.lineStart = false
	}
}

// plausible says whether b begins a message: a request or status line and a
// field line after it. The first alone is found in the text of pages as well.
func (f *conversations) plausible(h *conn, dir capture.Dir, b []byte) carrier.Verdict {
	nl := bytes.IndexByte(b[:min(len(b), maxSearchLine)], '\n')
	if nl < 0 {
		if len(b) >= maxSearchLine {
			return carrier.No
		}
		return mayStart(b)
	}
	var hd head
	if !hd.startLine(b[:nl]) || !h.admits(dir, hd.response) {
		return carrier.No
	}
	line := b[nl+1:]
	end := bytes.IndexByte(line[:min(len(line), maxSearchLine)], '\n')
	if end < 0 && len(line) < maxSearchLine {
		return carrier.Maybe
	}
	if end < 0 {
		end = maxSearchLine
	}
	name := tokenLen(line[:end])
	if rest := trimLeft(line[name:end]); name > 0 && len(rest) > 0 && rest[0] == ':' {
		return carrier.Yes
	}
	return carrier.No
}
