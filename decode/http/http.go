package http

import (
	"bytes"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
	"ntlmtrace/decode/internal/slab"
	"ntlmtrace/internal/freelist"
)

// Carrier is HTTP/1.0 and HTTP/1.1.
var Carrier = &carrier.Carrier{Name: name, Recognise: recogniseFrom, Open: open}

const name = "http"

func recogniseFrom(_ capture.Dir, first []byte) carrier.Verdict { return recognise(first) }

// maxFirstLine is how long an unknown method's request line may be at the start
// of a connection, where it alone tells HTTP from other protocols.
const maxFirstLine = 4096

// commonMethods are taken for HTTP before the end of the line is there, so that
// a head which the capture cut at once is still seen as HTTP.
var commonMethods = [...]string{
	"GET ", "POST ", "HEAD ", "OPTIONS ", "CONNECT ", "PUT ", "PROPFIND ", "RPC_IN_DATA ", "RPC_OUT_DATA ",
}

func recognise(first []byte) carrier.Verdict {
	v := recogniseFirstLine(first)
	if v == carrier.Maybe {
		for _, m := range commonMethods {
			if bytes.HasPrefix(trimLineEnds(first), []byte(m)) {
				return carrier.Yes
			}
		}
	}
	return v
}

// recogniseFirstLine says whether b begins with the first line of a message.
func recogniseFirstLine(b []byte) carrier.Verdict {
	b = trimLineEnds(b)
	nl := bytes.IndexByte(b, '\n')
	var h head
	switch {
	case nl < 0 && len(b) <= maxFirstLine:
		return mayStart(b)
	case nl >= 0 && h.startLine(b[:nl]):
		return carrier.Yes
	}
	return carrier.No
}

// conversations reads the HTTP connections of a Decoder.
type conversations struct {
	env       *carrier.Env
	active    slab.Slab[conn, *conn]
	idle      slab.Slab[idleConn, *idleConn]
	helds     freelist.List[held]
	queued    freelist.List[request]
	scratches freelist.List[scratch]
	conns     freelist.List[auth.Conn]
	reply     *scratch // what the challenges of a response are decoded into; nil if the last one was kept
	head      head     // of the message that is read
	past      head     // of a request that was held, read again
	handover  carrier.Handover
}

func open(env *carrier.Env) carrier.Conversations { return &conversations{env: env} }

// Data implements carrier.Conversations.
func (f *conversations) Data(c *carrier.Conn, s *tcp.Segment) (tcp.Advice, *carrier.Handover) {
	h := f.rouse(c, s)
	h.seen[s.Dir] = true
	if s.Lost != 0 {
		f.lost(c, h, s)
	}
	half := &h.half[s.Dir]
	if half.unfinished != 0 {
		f.complete(h, s.Dir, s.Stamp)
	}
	for p := s.Data; len(p) > 0; {
		p = f.feed(c, h, s, p)
		if half.unfinished != 0 {
			f.complete(h, s.Dir, s.Stamp)
		}
		if h.tunnel {
			return f.handOver(c, h, len(s.Data)-len(p))
		}
	}
	if h.over() {
		f.forget(c, h)
		return tcp.Ignore, nil
	}
	advice := half.advice()
	f.settle(c, h)
	return advice, nil
}

// handOver hands c over to what is in its tunnel, from byte at on. Of c itself
// only the end is wanted, if the sink knows it.
func (f *conversations) handOver(c *carrier.Conn, h *conn, at int) (tcp.Advice, *carrier.Handover) {
	h.tunnel = false
	f.handover = carrier.Handover{At: at, Conn: h.conn, Client: h.client, Start: h.start}
	if h.over() {
		f.forget(c, h)
	}
	return tcp.More, &f.handover
}

// complete reports to the sink that a message of direction dir, whose exchange
// it knows, is there to the end of its body.
func (f *conversations) complete(h *conn, dir capture.Dir, at capture.Stamp) {
	half := &h.half[dir]
	if half.unfinished == 0 || half.phase != starting {
		return
	}
	index := int(half.unfinished) - 1
	half.unfinished = 0
	f.env.Sink.Complete(h.conn, index, dir != h.client, at)
}

// Skipped implements carrier.Conversations.
func (f *conversations) Skipped(c *carrier.Conn, dir capture.Dir, at capture.Stamp) {
	if c.Handle&activeBit != 0 {
		h := f.active.At(c.Handle &^ activeBit)
		f.complete(h, dir, at)
		f.settle(c, h)
	}
}

// HalfClosed implements carrier.Conversations.
func (f *conversations) HalfClosed(c *carrier.Conn, dir capture.Dir, at capture.Stamp) {
	if c.Handle&activeBit == 0 {
		return
	}
	h := f.active.At(c.Handle &^ activeBit)
	f.cutByEnd(c, h, dir, at)
	if half := &h.half[dir]; half.phase == muted && half.unfinished != 0 {
		half.phase = starting // the end of the connection is that of the body
		f.complete(h, dir, at)
		half.phase = muted
	}
	if h.known && dir == h.server() {
		f.endAll(c, h, f.ending(c, h, capture.Finished))
	}
	f.settle(c, h)
}

// Closed implements carrier.Conversations.
func (f *conversations) Closed(c *carrier.Conn, at capture.Stamp, how capture.End) {
	h := f.rouse(c, &tcp.Segment{})
	for dir := range capture.Dir(2) {
		f.cutByEnd(c, h, dir, at)
	}
	f.endAll(c, h, f.ending(c, h, how))
	if h.conn != nil {
		f.env.Sink.Closed(h.conn, at, how, c.TCP.Lost(0) || c.TCP.Lost(1))
		f.reuseConn(h.conn)
	}
	f.forget(c, h)
}

// rouse returns the full state of c.
func (f *conversations) rouse(c *carrier.Conn, s *tcp.Segment) *conn {
	if c.Handle&activeBit != 0 {
		return f.active.At(c.Handle &^ activeBit)
	}
	id, h := f.active.Take()
	if c.Handle == 0 {
		if c.Depth == 0 {
			f.env.Stats.HTTPConnections++
		}
		h.start = s.Stamp
		h.half[0].torn = c.Midstream
		h.half[1].torn = h.half[0].torn
	} else {
		h.idleConn = *f.idle.At(c.Handle)
		f.idle.Put(c.Handle)
	}
	c.Handle = id | activeBit
	return h
}

// settle keeps of c only what is needed while nothing is under way.
func (f *conversations) settle(c *carrier.Conn, h *conn) {
	if !h.settled() {
		return
	}
	idle := h.idleConn
	f.active.Put(c.Handle &^ activeBit)
	id, kept := f.idle.Take()
	*kept = idle
	c.Handle = id
}

// forget drops the state of c.
func (f *conversations) forget(c *carrier.Conn, h *conn) {
	stats := f.env.Stats
	switch {
	case c.Depth > 0: // counted as the connection that it is inside of
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
	f.active.Put(c.Handle &^ activeBit)
	c.Handle = 0
}

// hold keeps b, the beginning of a head.
func (f *conversations) hold(half *half, b []byte, at capture.Stamp) {
	k := f.helds.Take()
	*k = held{data: append(k.data[:0], b...), first: at, last: at, fresh: true}
	half.held = k
}

func (f *conversations) release(half *half) {
	f.pool(half.held)
	half.held = nil
}

// pool keeps k for use again.
func (f *conversations) pool(k *held) {
	if k != nil && cap(k.data) <= maxPooled {
		f.helds.Put(k)
	}
}
