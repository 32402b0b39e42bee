package extract

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
)

// Mark says that the connection whose bytes are being decoded carries
// authentication. It is called from within a call of the Consumer.
func (k *Keeper) Mark() { k.marked = true }

// Watch makes a Consumer that gives everything to c and learns from it which
// connections are wanted.
func (k *Keeper) Watch(c tcp.Consumer) tcp.Consumer {
	w := &watch{k, c}
	if d, ok := c.(tcp.DatagramConsumer); ok {
		return &datagramWatch{w, d}
	}
	return w
}

type watch struct {
	keeper *Keeper
	tcp.Consumer
}

// Data implements tcp.Consumer.
func (w *watch) Data(c *tcp.Conn, s *tcp.Segment) tcp.Advice {
	k := w.keeper
	k.given = true
	if s.Lost < 0 {
		k.beginConn(c)
	}
	advice := w.Consumer.Data(c, s)
	k.keepMarked(c)
	if advice == tcp.Ignore {
		k.ignoreConn(c)
	}
	return advice
}

// Skipped implements tcp.Consumer.
func (w *watch) Skipped(c *tcp.Conn, d capture.Dir, at capture.Stamp) {
	w.Consumer.Skipped(c, d, at)
	w.keeper.keepMarked(c)
}

// HalfClosed implements tcp.Consumer.
func (w *watch) HalfClosed(c *tcp.Conn, d capture.Dir, at capture.Stamp) {
	w.Consumer.HalfClosed(c, d, at)
	w.keeper.keepMarked(c)
}

// Closed implements tcp.Consumer.
func (w *watch) Closed(c *tcp.Conn, at capture.Stamp, how capture.End) {
	w.Consumer.Closed(c, at, how)
	w.keeper.keepMarked(c)
	w.keeper.endConn(c)
}

// Passage implements tcp.PassageConsumer, for a consumer that is one.
func (w *watch) Passage(p *capture.Passage) {
	if c, ok := w.Consumer.(tcp.PassageConsumer); ok {
		c.Passage(p)
	}
}

// IgnoredClosed implements tcp.IgnoredConsumer, for a consumer that is one.
func (w *watch) IgnoredClosed(c *tcp.Conn, at capture.Stamp) {
	if i, ok := w.Consumer.(tcp.IgnoredConsumer); ok {
		i.IgnoredClosed(c, at)
	}
}

// datagramWatch is the watch of a consumer that takes datagrams.
type datagramWatch struct {
	*watch
	datagrams tcp.DatagramConsumer
}

// WantsDatagrams implements tcp.DatagramConsumer.
func (w *datagramWatch) WantsDatagrams() bool { return w.datagrams.WantsDatagrams() }

// Datagram implements tcp.DatagramConsumer. Datagrams are not written, so what
// one of them marks is of no connection.
func (w *datagramWatch) Datagram(g *capture.Datagram) {
	w.datagrams.Datagram(g)
	w.keeper.marked = false
}

// keepMarked keeps c if it was marked.
func (k *Keeper) keepMarked(c *tcp.Conn) {
	if k.marked {
		k.marked = false
		c.Keep()
		id := c.Flow()
		k.keepConn(&id)
	}
}

// beginConn takes c, which begins in the middle, for a connection of its own,
// if that which had its addresses and ports is over.
func (k *Keeper) beginConn(c *tcp.Conn) {
	id := c.Flow()
	if n, known := k.flows.find(&id); known && k.flows.flows[n].over {
		k.flows.flows[n].reset()
	}
}

// ignoreConn says that c is of no use any more. What it carried stays wanted.
func (k *Keeper) ignoreConn(c *tcp.Conn) {
	id := c.Flow()
	_, f := k.flowOf(&id)
	f.over = true
	f.head, f.tail = 0, 0
}

// endConn says that c has ended.
func (k *Keeper) endConn(c *tcp.Conn) {
	id := c.Flow()
	if n, known := k.flows.find(&id); known {
		f := &k.flows.flows[n]
		f.over, f.ended = true, true
		f.head, f.tail = 0, 0
	}
}
