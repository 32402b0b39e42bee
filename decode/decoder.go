package decode

import (
	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/carrier"
	"ntlmtrace/decode/http"
	"ntlmtrace/decode/internal/slab"
)

// Carriers lists all carriers. The first that recognises a connection has it.
var Carriers = []*carrier.Carrier{
	http.Carrier,
}

// What a Decoder counts, and how much it holds of one connection.
type (
	Stats  = carrier.Stats
	Limits = carrier.Limits
)

// Decoder reads connections into exchanges. It is the tcp.DatagramConsumer that
// finds out what a connection carries, and leaves it to the carrier from then
// on.
type Decoder struct {
	env       carrier.Env
	stats     Stats
	carriers  []*carrier.Carrier
	readers   []carrier.Conversations // by place in carriers; nil for one without TCP
	datagrams []carrier.Datagrams
	undecided slab.Slab[undecided, *undecided]
	chains    slab.Slab[chain, *chain]
	lent      carrier.Conn // what a carrier sees of a TCP connection during a call
	joined    []byte       // held bytes and new ones, while they are classified
}

// State[0] of a tcp.Conn says who reads it. State[1] has the bit stateMidstream
// if its first bytes were not captured, and stateUnread while the sink counts it
// as one that is not read. A carrier is its place in Decoder.carriers,
// from 1.
const (
	stateUndecided = 0   // nobody yet; Handle is the number of an undecided, or 0
	stateEndOnly   = 128 // added to a carrier that has handed over and still wants to know of the end
	stateInside    = 255 // who reads the connection inside it; Handle is the number of a chain

	stateMidstream = 1
	stateUnread    = 2

	maxCarriers = stateEndOnly - 1
)

// NewDecoder returns a Decoder for the connections of source that passes what
// it finds to sink. It reads the carriers that are listed or, if none is, all
// of Carriers.
func NewDecoder(source int, sink auth.Sink, limits Limits, carriers ...*carrier.Carrier) *Decoder {
	if len(carriers) == 0 {
		carriers = Carriers
	}
	d := &Decoder{carriers: carriers[:min(len(carriers), maxCarriers)]}
	d.env = carrier.Env{Source: source, Sink: sink, Limits: limits.WithDefaults(), Stats: &d.stats}
	d.env.Plain, _ = sink.(auth.PlainSink)
	for _, c := range d.carriers {
		var r carrier.Conversations
		if c.Open != nil {
			r = c.Open(&d.env)
		}
		d.readers = append(d.readers, r)
		if c.OpenDatagrams != nil {
			d.datagrams = append(d.datagrams, c.OpenDatagrams(&d.env))
		}
	}
	return d
}

// Stats returns the counts so far.
func (d *Decoder) Stats() Stats { return d.stats }

// Open makes every connection be of interest from now on, whatever the sink
// said of it. It returns the exchanges that wait for their answer on
// connections of which only logons were wanted until now, in no order: the sink
// was not given them in Sink.Request, and is not called. Open may be called by
// the sink while it is given something.
func (d *Decoder) Open() []*auth.Exchange {
	if d.env.Everything {
		return nil
	}
	var waiting []*auth.Exchange
	for _, r := range d.readers {
		if r != nil {
			r.Waiting(func(x *auth.Exchange) bool {
				waiting = append(waiting, x)
				return true
			})
		}
	}
	d.env.Everything = true
	return waiting
}

// WantsDatagrams implements tcp.DatagramConsumer: it is true if a carrier reads
// datagrams.
func (d *Decoder) WantsDatagrams() bool { return len(d.datagrams) > 0 }

// Datagram implements tcp.DatagramConsumer: it offers a UDP datagram to the
// carriers that read datagrams, and counts it if none knows it.
func (d *Decoder) Datagram(g *capture.Datagram) {
	for _, r := range d.datagrams {
		if r.Datagram(g) {
			return
		}
	}
	d.stats.UnknownDatagrams++
}

// Passage implements tcp.PassageConsumer: it is for the sink.
func (d *Decoder) Passage(p *capture.Passage) { d.env.Sink.Passage(d.env.Source, p) }

// Data implements tcp.Consumer.
func (d *Decoder) Data(c *tcp.Conn, s *tcp.Segment) tcp.Advice {
	switch k := c.State[0]; {
	case k == stateUndecided:
		return d.begin(c, s)
	case k == stateInside:
		return d.pass(d.chains.At(c.Handle), 1, s)
	case k > stateEndOnly:
		return tcp.Mute
	default:
		advice, handover := d.readers[k-1].Data(d.lend(c), s)
		if handover != nil {
			return d.handOver(c, s, handover)
		}
		if c.Handle = d.lent.Handle; advice == tcp.Ignore {
			c.Handle = 0
			d.noteUnread(c, false, s.Stamp)
		}
		return advice
	}
}

// lend returns what a carrier sees of c. Its Handle may have changed when the
// carrier returns.
func (d *Decoder) lend(c *tcp.Conn) *carrier.Conn {
	d.lent.TCP, d.lent.Handle, d.lent.Midstream = c, c.Handle, c.State[1]&stateMidstream != 0
	return &d.lent
}

// Skipped implements tcp.Consumer.
func (d *Decoder) Skipped(c *tcp.Conn, dir capture.Dir, at capture.Stamp) {
	switch k := c.State[0]; {
	case k == stateUndecided, k > stateEndOnly && k != stateInside:
	case k == stateInside:
		if r, inner := d.innermost(c); r != nil {
			r.Skipped(inner, dir, at)
		}
	default:
		d.readers[k-1].Skipped(d.lend(c), dir, at)
		c.Handle = d.lent.Handle
	}
}

// HalfClosed implements tcp.Consumer.
func (d *Decoder) HalfClosed(c *tcp.Conn, dir capture.Dir, at capture.Stamp) {
	switch k := c.State[0]; {
	case k == stateUndecided, k > stateEndOnly && k != stateInside:
	case k == stateInside:
		if r, inner := d.innermost(c); r != nil {
			r.HalfClosed(inner, dir, at)
		}
	default:
		d.readers[k-1].HalfClosed(d.lend(c), dir, at)
		c.Handle = d.lent.Handle
	}
}

// Closed implements tcp.Consumer.
func (d *Decoder) Closed(c *tcp.Conn, at capture.Stamp, how capture.End) {
	switch k := c.State[0]; {
	case k == stateInside:
		d.closeChain(c, at, how)
	case k == stateUndecided:
		if n := d.lend(c); n.Handle != 0 {
			d.giveUp(n)
		}
	default:
		d.readers[(k&^stateEndOnly)-1].Closed(d.lend(c), at, how)
	}
	c.Handle = 0
	d.noteUnread(c, true, at)
}

// IgnoredClosed implements tcp.IgnoredConsumer.
func (d *Decoder) IgnoredClosed(c *tcp.Conn, at capture.Stamp) { d.noteUnread(c, true, at) }

// noteUnread tells a sink that wants to know that nothing of c is read from
// here on, or that this is over.
func (d *Decoder) noteUnread(c *tcp.Conn, over bool, at capture.Stamp) {
	if d.env.Plain == nil || over == (c.State[1]&stateUnread == 0) {
		return
	}
	c.State[1] ^= stateUnread
	client, known := c.Initiator()
	d.env.Plain.Unread(c.Endpoint(1-client).Addr(), over, at)
	if !known {
		d.env.Plain.Unread(c.Endpoint(client).Addr(), over, at)
	}
}

// begin classifies c, of which the carrier is not known, and passes what was
// held of it and then s to its carrier.
func (d *Decoder) begin(c *tcp.Conn, s *tcp.Segment) tcp.Advice {
	n := d.lend(c)
	k, held := d.classify(n, s)
	c.Handle = n.Handle
	switch k {
	case nobody:
		d.noteUnread(c, false, s.Stamp)
		return tcp.Ignore
	case stateUndecided:
		if s.Lost != 0 {
			d.noteUnread(c, false, s.Stamp)
		}
		return tcp.More
	}
	d.noteUnread(c, true, s.Stamp)
	c.State[0] = k
	if n.Midstream {
		c.State[1] |= stateMidstream
	}
	for i := range held {
		if d.Data(c, &held[i]) == tcp.Ignore {
			return tcp.Ignore
		}
	}
	return d.Data(c, s)
}
