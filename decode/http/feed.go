package http

import (
	"bytes"

	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode/carrier"
)

// feed takes the first of p, the bytes of s that are not read yet, as far as
// the phase of their direction lasts, and returns the rest.
func (f *conversations) feed(c *carrier.Conn, h *conn, s *tcp.Segment, p []byte) []byte {
	half := &h.half[s.Dir]
	switch half.phase {
	case starting:
		return f.feedHead(c, h, s, p)
	case counted, chunkData:
		return half.body(p)
	case chunkSize, chunkExt, trailer, trailerEnd:
		rest, ok := half.chunkLine(p)
		if !ok {
			f.search(h, half)
		}
		return rest
	case expecting:
		half.expected(h)
		return p
	case searching:
		return f.feedSearch(c, h, s, p)
	}
	return nil // muted
}

// feedHead reads a message head: in place if it lies in one segment, else from
// a copy.
func (f *conversations) feedHead(c *carrier.Conn, h *conn, s *tcp.Segment, p []byte) []byte {
	half, limit := &h.half[s.Dir], f.env.Limits.Head
	k, old, b, first := half.held, 0, p, s.Stamp
	if k == nil {
		// RFC 9112 section 2.2: empty lines before a message are passed over.
		p = trimLineEnds(p)
		b = p[:min(len(p), limit)]
		if len(b) == 0 {
			return nil
		}
	} else {
		old, first = len(k.data), k.first
		k.data, k.last = append(k.data, p[:min(len(p), limit-old)]...), s.Stamp
		b = k.data
		if !k.worthReading(old) && len(b) < limit {
			return nil
		}
	}
	n, v := f.head.parse(b)
	switch {
	case v == carrier.No, f.head.started() && !h.admits(s.Dir, f.head.response):
		return f.noMessage(c, h, s, p, old)
	case v == carrier.Yes:
		half.held = nil
		f.message(c, h, s.Dir, &message{raw: b[:n], first: first, done: s.Stamp})
		f.pool(k)
		return p[n-old:]
	case len(b) == limit:
		if k == nil {
			f.hold(half, b, s.Stamp)
		}
		f.env.Stats.HeadsTooLong++
		f.cut(c, h, s.Dir, s.Stamp, "its length")
		f.search(h, half)
		return p[limit-old:]
	}
	if k == nil {
		f.hold(half, b, s.Stamp)
		k = half.held
	}
	k.line, k.fresh = f.head.started(), false
	return nil
}

// worthReading reports whether the bytes of k from old on can change the
// verdict on it: reading a head again for each of many small segments would be
// quadratic.
func (k *held) worthReading(old int) bool {
	added := k.data[old:]
	if k.fresh || old < 64 || !k.line && bytes.IndexByte(added, '\n') >= 0 {
		k.fresh = false
		return true
	}
	for at := max(0, old-2); ; {
		nl := bytes.IndexByte(k.data[at:], '\n')
		if nl < 0 {
			return false
		}
		at += nl + 1
		next := bytes.TrimPrefix(k.data[at:], []byte{'\r'})
		if len(next) > 0 && next[0] == '\n' {
			return true
		}
	}
}

// noMessage goes on where a message should begin and none does: in TLS or
// HTTP/2 that was agreed on out of sight, or lost. The first old bytes in
// question are held.
func (f *conversations) noMessage(c *carrier.Conn, h *conn, s *tcp.Segment, p []byte, old int) []byte {
	half := &h.half[s.Dir]
	b := p
	if old > 0 {
		b = half.held.data
	}
	switch k, v := carrier.RecogniseOpaque(b); {
	case v == carrier.Yes:
		f.mute(h, k)
		return nil
	case v == carrier.Maybe:
		if old == 0 {
			f.hold(half, b, s.Stamp)
		}
		return nil
	case half.next != starting:
		return f.unexpected(c, h, s, p, old)
	case !h.known:
		h.foreign = true
		f.mute(h, 0)
		return nil
	case old > 0:
		half.held.data, half.held.fresh = half.held.data[:old], true
	}
	f.env.Stats.Incomplete++
	h.gap = true
	half.phase, half.lineStart = searching, true
	return p
}

// mute ends the reading of h: what follows is k.
func (f *conversations) mute(h *conn, k carrier.Opaque) {
	f.env.Stats.Count(k)
	for dir := range h.half {
		half := &h.half[dir]
		f.release(half)
		half.phase, half.unfinished = muted, 0
	}
}

// search begins to look for the next message in the middle of a line.
func (f *conversations) search(h *conn, half *half) {
	f.env.Stats.Incomplete++
	h.gap = true
	half.phase, half.lineStart, half.unfinished = searching, false, 0
}

// expected decides what follows the head of a client that holds its body back
// until it is asked for it (Expect: 100-continue, RFC 9110 section 10.1.1): the
// body or, if the request was refused before, most likely the next request.
func (half *half) expected(h *conn) {
	if h.waiting == 0 {
		half.phase = starting
		return
	}
	half.phase, half.next = half.next, starting
}

// unexpected goes on in the body of a request that was refused before: it was
// sent all the same, and taken for a message.
func (f *conversations) unexpected(c *carrier.Conn, h *conn, s *tcp.Segment, p []byte, old int) []byte {
	half := &h.half[s.Dir]
	k := half.held
	half.phase, half.next, half.held = half.next, starting, nil
	if old > 0 {
		for b := k.data[:old]; len(b) > 0; {
			b = f.feed(c, h, s, b)
		}
		f.pool(k)
	}
	return p
}
