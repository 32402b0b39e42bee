package decode

import (
	"bytes"
	"fmt"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
)

// lost goes on behind a gap: in a body whose length is known nothing is
// missed; elsewhere the next message must be found.
func (f *httpFollower) lost(c *tcp.Conn, h *httpConn, s *tcp.Segment) {
	half := &h.half[s.Dir]
	if half.phase == expecting {
		half.phase = half.next
	}
	switch half.phase {
	case muted, tunnel:
		return
	case counted, chunkData:
		if s.Lost > 0 && s.Lost <= half.left {
			half.skip(s.Lost)
			return
		}
	}
	f.cut(c, h, s.Dir, s.Stamp, "a gap")
	half.phase, half.next, half.lineStart, half.whole = searching, starting, true, 0
	half.torn = true
	if s.Lost > 0 {
		f.d.stats.Incomplete++
		h.gap = true
		h.unsure = h.unsure || h.known && s.Dir == h.server()
		h.unasked = h.unasked || h.known && s.Dir == h.client
	}
}

// cut takes what is there of a head that does not go on: its whole lines count,
// the rest of a line does not, since half a token would be taken for another.
func (f *httpFollower) cut(c *tcp.Conn, h *httpConn, dir capture.Dir, at capture.Stamp, by string) {
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
	if v != Yes || !h.admits(dir, f.head.response) {
		return
	}
	m := message{raw: raw[:n], first: k.first, done: k.last}
	m.problem = Problem{at.Frame, fmt.Sprintf("head cut by %s in frame %d", by, at.Frame)}
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
func (f *httpFollower) cutByEnd(c *tcp.Conn, h *httpConn, dir capture.Dir, at capture.Stamp) {
	if h.half[dir].held != nil {
		f.d.stats.Incomplete++
		f.cut(c, h, dir, at, "the end of the connection")
	}
}

// maxSearchLine is the longest line that is taken for the first one of a
// message, or for its first field, while the next message is looked for.
const maxSearchLine = 8 << 10

// feedSearch looks for the next message.
func (f *httpFollower) feedSearch(c *tcp.Conn, h *httpConn, s *tcp.Segment, p []byte) []byte {
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
	case v == Yes && at < old:
		k.data, k.fresh = append(k.data[:0], k.data[at:old]...), true
		half.phase = starting
		return p
	case v == Yes:
		f.release(half)
		half.phase = starting
		return p[at-old:]
	case v == No:
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
func (f *httpFollower) beginsAt(h *httpConn, dir capture.Dir, p []byte) bool {
	return recogniseHTTP(p) == Yes && f.plausible(h, dir, p) != No
}

// find looks in b for the beginning of a message that direction dir may send.
// It may stand at a line start only. Maybe says that more bytes must show
// whether there is one at index at.
func (f *httpFollower) find(h *httpConn, dir capture.Dir, b []byte) (at int, v Verdict) {
	half := &h.half[dir]
	for {
		if !half.lineStart {
			nl := bytes.IndexByte(b[at:], '\n')
			if nl < 0 {
				return at, No
			}
			at += nl + 1
			half.lineStart = true
		}
		if at == len(b) {
			return at, No
		}
		if v := f.plausible(h, dir, b[at:]); v != No {
			return at, v
		}
		half.lineStart = false
	}
}

// plausible says whether b begins a message: a request or status line and a
// field line after it. The first alone is found in the text of pages as well.
func (f *httpFollower) plausible(h *httpConn, dir capture.Dir, b []byte) Verdict {
	nl := bytes.IndexByte(b[:min(len(b), maxSearchLine)], '\n')
	if nl < 0 {
		if len(b) >= maxSearchLine {
			return No
		}
		return mayStart(b)
	}
	var hd head
	if !hd.startLine(b[:nl]) || !h.admits(dir, hd.response) {
		return No
	}
	line := b[nl+1:]
	end := bytes.IndexByte(line[:min(len(line), maxSearchLine)], '\n')
	if end < 0 && len(line) < maxSearchLine {
		return Maybe
	}
	if end < 0 {
		end = maxSearchLine
	}
	name := tokenLen(line[:end])
	if rest := trimLeft(line[name:end]); name > 0 && len(rest) > 0 && rest[0] == ':' {
		return Yes
	}
	return No
}
