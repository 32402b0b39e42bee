package run

import (
	"bytes"
	"net/netip"

	"ntlmtrace/capture"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/decode/auth"
)

// feed reads one file in a goroutine of its own and hands over what it decodes,
// in batches. With several files each has one: they are read side by side, and
// the analysis takes their events in the order of capture time.
type feed struct {
	tap     *Tap
	file    *file
	batches chan batch
	events  []event // received, in order
	until   int64   // no later event is before this time
	ended   bool
	notes   notes.Notes // where the warnings of received batches go
}

// batch is what a part of a file gave.
type batch struct {
	events []event
	until  int64  // capture time of the packet after them
	told   []byte // warnings
}

// Batches are small enough that a tap with many events does not run far
// ahead of the others, and large enough that handing over costs nothing.
const (
	batchPackets = 4096
	batchEvents  = 512
	batchesAhead = 4
)

// startFeed begins to read f as the next file of t. It ends early when stop is
// closed.
func startFeed(t *Tap, f *file, r *tape, n notes.Notes, stop <-chan struct{}) *feed {
	fd := &feed{tap: t, file: f, batches: make(chan batch, batchesAhead), until: t.time, notes: n}
	go fd.read(r, stop)
	return fd
}

func (fd *feed) read(r *tape, stop <-chan struct{}) {
	defer close(fd.batches)
	var told bytes.Buffer
	t, n := fd.tap, notes.To(&told)
	for t.file != nil {
		for i := 0; i < batchPackets && t.file != nil && len(r.events) < batchEvents; i++ {
			r.time = t.time
			t.step(n)
		}
		fd.file.note()
		b := batch{events: r.take(), until: t.time, told: bytes.Clone(told.Bytes())}
		told.Reset()
		select {
		case fd.batches <- b:
		case <-stop:
			return
		}
	}
}

// more waits for the next batch.
func (fd *feed) more() {
	b, ok := <-fd.batches
	if !ok {
		fd.ended = true
		return
	}
	fd.events = append(fd.events, b.events...)
	fd.until = b.until
	if len(b.told) > 0 {
		fd.notes.W.Write(b.told)
	}
}

// wait waits until the goroutine has ended, whatever it still hands over.
func (fd *feed) wait() {
	for range fd.batches {
	}
}

// next returns the time of the first event that was received, or up to where
// there is none.
func (fd *feed) next() (at int64, event bool) {
	if len(fd.events) > 0 {
		return fd.events[0].time, true
	}
	return fd.until, false
}

// event is one call of a auth.Sink, for later.
type event struct {
	time int64 // capture time of the packet that caused it
	do   func(auth.Sink)
}

// tape is a auth.Sink that keeps the calls.
type tape struct {
	events []event
	time   int64                   // of the packet at hand
	fronts map[netip.Addr]struct{} // see WantsPlain
}

func (r *tape) take() []event {
	events := r.events
	r.events = nil
	return events
}

func (r *tape) add(do func(auth.Sink)) { r.events = append(r.events, event{r.time, do}) }

// Request implements auth.Sink. The decoder goes on with x: what is kept is
// a copy of it as it is now.
func (r *tape) Request(x *auth.Exchange) auth.Interest {
	x.Keep()
	now := *x
	r.add(func(s auth.Sink) { s.Request(&now) })
	return auth.Everything
}

// Exchange implements auth.Sink.
func (r *tape) Exchange(x *auth.Exchange) auth.Interest {
	x.Keep()
	r.add(func(s auth.Sink) { s.Exchange(x) })
	r.front(x)
	return auth.Everything
}

// maxFronts bounds the machines whose plain requests are kept.
const maxFronts = 1 << 12

// front notes the machines of which the analysis may want to know what is asked
// of them: those that issue challenges, which may be another's, and those that
// name the clients for whom they ask.
func (r *tape) front(x *auth.Exchange) {
	if len(r.fronts) >= maxFronts {
		return
	}
	if r.fronts == nil {
		r.fronts = map[netip.Addr]struct{}{}
	}
	for i := range x.Response.Challenges {
		if t := x.Response.Challenges[i].Token; t != nil && t.Challenge != nil {
			r.fronts[x.Conn.Server.Addr()] = struct{}{}
		}
	}
	if len(x.Request.Credentials) > 0 && x.Forwards() {
		r.fronts[x.Conn.Client.Addr()] = struct{}{}
	}
}

// WantsPlain implements auth.PlainSink. The analysis ignores what it does not
// want: it has not come as far as the tape.
func (r *tape) WantsPlain(server netip.Addr) bool {
	_, ok := r.fronts[server]
	return ok
}

// Plain implements auth.PlainSink.
func (r *tape) Plain(x *auth.Exchange) {
	x.Keep()
	now := *x
	r.add(func(s auth.Sink) {
		if p, ok := s.(auth.PlainSink); ok {
			p.Plain(&now)
		}
	})
}

// Complete implements auth.Sink.
func (r *tape) Complete(c *auth.Conn, index int, response bool, at capture.Stamp) {
	r.add(func(s auth.Sink) { s.Complete(c, index, response, at) })
}

// Ticket implements auth.Sink.
func (r *tape) Ticket(t *auth.TicketExchange) {
	now := *t
	r.add(func(s auth.Sink) { s.Ticket(&now) })
}

// Closed implements auth.Sink.
func (r *tape) Closed(c *auth.Conn, at capture.Stamp, how capture.End, lost bool) {
	r.add(func(s auth.Sink) { s.Closed(c, at, how, lost) })
}
