package decode

import (
	"bytes"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/internal/spare"
)

// HTTP is HTTP/1.0 and HTTP/1.1 by RFC 9112, on any port.
var HTTP = &Carrier{Name: "http", Recognise: recogniseHTTP, Follow: followHTTP}

// maxFirstLine is how long an unknown method's request line may be at the start
// of a connection, where it alone tells HTTP from other protocols.
const maxFirstLine = 4096

// commonMethods are taken for HTTP before the end of the line is there, so that
// a head which the capture cut at once is still seen as HTTP.
var commonMethods = [...]string{
	"GET ", "POST ", "HEAD ", "OPTIONS ", "CONNECT ", "PUT ", "PROPFIND ", "RPC_IN_DATA ", "RPC_OUT_DATA ",
}

func recogniseHTTP(first []byte) Verdict {
	v := recogniseFirstLine(first)
	if v == Maybe {
		for _, m := range commonMethods {
			if bytes.HasPrefix(trimLineEnds(first), []byte(m)) {
				return Yes
			}
		}
	}
	return v
}

// recogniseFirstLine says whether b begins with the first line of a message.
func recogniseFirstLine(b []byte) Verdict {
	b = trimLineEnds(b)
	nl := bytes.IndexByte(b, '\n')
	var h head
	switch {
	case nl < 0 && len(b) <= maxFirstLine:
		return mayStart(b)
	case nl >= 0 && h.startLine(b[:nl]):
		return Yes
	}
	return No
}

// httpFollower reads the HTTP connections of a Decoder.
type httpFollower struct {
	d      *Decoder
	active slab[httpConn, *httpConn]
	idle   slab[httpIdle, *httpIdle]
	helds  spare.List[held]
	queued spare.List[httpRequest]
	rooms  spare.List[room]
	conns  spare.List[Conn]
	reply  *room // what the challenges of a response are decoded in; nil if the last one was kept
	head   head  // of the message that is read
	past   head  // of a request that was held, read again
}

func followHTTP(d *Decoder) follower { return &httpFollower{d: d} }

// Data implements tcp.Consumer.
func (f *httpFollower) Data(c *tcp.Conn, s *tcp.Segment) tcp.Advice {
	h := f.rouse(c, s)
	h.seen[s.Dir] = true
	if s.Lost != 0 {
		f.lost(c, h, s)
	}
	half := &h.half[s.Dir]
	if half.whole != 0 {
		f.whole(h, s.Dir, s.Stamp)
	}
	for p := s.Data; len(p) > 0; {
		p = f.feed(c, h, s, p)
		if half.whole != 0 {
			f.whole(h, s.Dir, s.Stamp)
		}
	}
	if h.over() {
		f.forget(c, h)
		return tcp.Ignore
	}
	advice := half.advice()
	f.settle(c, h)
	return advice
}

// whole tells the sink that a message of direction dir, whose exchange it
// knows, is there to the end of its body.
func (f *httpFollower) whole(h *httpConn, dir capture.Dir, at capture.Stamp) {
	half := &h.half[dir]
	if half.whole == 0 || half.phase != starting {
		return
	}
	index := int(half.whole) - 1
	half.whole = 0
	f.d.sink.Whole(h.conn, index, dir != h.client, at)
}

// Skipped implements tcp.Consumer.
func (f *httpFollower) Skipped(c *tcp.Conn, dir capture.Dir, at capture.Stamp) {
	if c.Handle&httpActive != 0 {
		h := f.active.at(c.Handle &^ httpActive)
		f.whole(h, dir, at)
		f.settle(c, h)
	}
}

// HalfClosed implements tcp.Consumer.
func (f *httpFollower) HalfClosed(c *tcp.Conn, dir capture.Dir, at capture.Stamp) {
	if c.Handle&httpActive == 0 {
		return
	}
	h := f.active.at(c.Handle &^ httpActive)
	f.cutByEnd(c, h, dir, at)
	if half := &h.half[dir]; half.phase == muted && half.whole != 0 {
		half.phase = starting // the end of the connection is that of the body
		f.whole(h, dir, at)
		half.phase = muted
	}
	if h.known && dir == h.server() {
		f.endAll(c, h, f.ending(c, h, capture.Finished))
	}
	f.settle(c, h)
}

// Closed implements tcp.Consumer.
func (f *httpFollower) Closed(c *tcp.Conn, at capture.Stamp, how capture.End) {
	h := f.rouse(c, &tcp.Segment{})
	for dir := range capture.Dir(2) {
		f.cutByEnd(c, h, dir, at)
	}
	f.endAll(c, h, f.ending(c, h, how))
	if h.conn != nil {
		f.d.sink.Closed(h.conn, at, how, c.Lost(0) || c.Lost(1))
		f.reuseConn(h.conn)
	}
	f.forget(c, h)
}

// rouse gives the full state of c.
func (f *httpFollower) rouse(c *tcp.Conn, s *tcp.Segment) *httpConn {
	if c.Handle&httpActive != 0 {
		return f.active.at(c.Handle &^ httpActive)
	}
	id, h := f.active.take()
	if c.Handle == 0 {
		f.d.stats.HTTPConnections++
		h.start = s.Stamp
		h.half[0].torn = c.State[1] == stateMidstream
		h.half[1].torn = h.half[0].torn
	} else {
		h.httpIdle = *f.idle.at(c.Handle)
		f.idle.put(c.Handle)
	}
	c.Handle = id | httpActive
	return h
}

// settle keeps of c only what is needed while nothing is under way.
func (f *httpFollower) settle(c *tcp.Conn, h *httpConn) {
	if !h.quiet() {
		return
	}
	idle := h.httpIdle
	f.active.put(c.Handle &^ httpActive)
	id, kept := f.idle.take()
	*kept = idle
	c.Handle = id
}

// forget drops the state of c.
func (f *httpFollower) forget(c *tcp.Conn, h *httpConn) {
	stats := &f.d.stats
	switch {
	case h.foreign:
		stats.HTTPConnections--
		stats.OtherConnections++
	case h.seen[0] != h.seen[1]:
		stats.OneSided++
	}
	f.release(&h.half[0])
	f.release(&h.half[1])
	for h.waiting > 0 {
		f.reuse(h.pop())
	}
	f.active.put(c.Handle &^ httpActive)
	c.Handle = 0
}

// hold keeps b, the beginning of a head.
func (f *httpFollower) hold(half *httpHalf, b []byte, at capture.Stamp) {
	k := f.helds.Take()
	*k = held{data: append(k.data[:0], b...), first: at, last: at, fresh: true}
	half.held = k
}

func (f *httpFollower) release(half *httpHalf) {
	f.pool(half.held)
	half.held = nil
}

// pool keeps k for use again.
func (f *httpFollower) pool(k *held) {
	if k != nil && cap(k.data) <= maxPooled {
		f.helds.Put(k)
	}
}
