package extract

import (
	"cmp"
	"math/bits"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
	"ntlmtrace/capture/tcp"
)

// DefaultMemory is Options.Memory where that is 0.
const DefaultMemory = 32 << 20

// Options bound a Keeper. The zero value of a field means its default.
type Options struct {
	Memory int // bytes for packets of which is not known yet whether they are wanted; 32 MiB
	Flows  int // connections that are known at a time; 65536. Rounded up to a power of two.

	// Body is how many bytes of one body are written whole. Packets after them
	// that hold nothing but the rest of the body are cut to their headers,
	// their length on the wire stays. 64 KiB; negative for no limit.
	Body int64
}

// Output takes the packets that are kept.
type Output interface {
	// Packet writes p, with the frame number that it has in its source. With
	// held it waited: packets that were captured after it may be written
	// already.
	Packet(p *capture.Packet, held bool)
}

// Stats counts what a Keeper did.
type Stats struct {
	Connections int64 // of which packets were written
	Partial     int64 // of these, those whose first packet that was written is no SYN
	Early       int64 // packets of these that gave way to others before it was known that they are wanted
	Cut         int64 // packets that were cut to their headers
	Forgotten   int64 // of Connections, those that were lost sight of because there were too many
}

// Keeper sorts packets: those of connections that carry authentication go to
// its output, those of other connections do not.
//
// A packet goes through Take, which gives it to the Assembler. The Assembler
// must have the Consumer that Watch made; whoever finds out what that decodes
// calls Mark. Packets that hold no TCP, or cannot be decoded, are not kept.
// Fragments of a datagram wait like the packets of a connection; when the last
// one shows whose segment it was, they go before it, with the numbers and times
// that they had.
type Keeper struct {
	out   Output
	body  int64
	ring  ring
	flows flowTable
	stats Stats
	turn  uint64

	taken  tcp.Taken
	given  bool // the consumer was given bytes with the packet at hand
	marked bool // what it was given is wanted
	copied []byte
	packet capture.Packet // that is written out of the ring
	held   held           // that is put into it
}

// New makes a Keeper that writes to out.
func New(o Options, out Output) *Keeper {
	flows := max(ways, cmp.Or(max(0, o.Flows), 1<<16))
	return &Keeper{
		out:   out,
		body:  cmp.Or(o.Body, 64<<10),
		ring:  newRing(cmp.Or(max(0, o.Memory), DefaultMemory)),
		flows: newFlowTable(1 << bits.Len(uint(flows-1))),
	}
}

// Stats returns the counts up to now.
func (k *Keeper) Stats() Stats { return k.stats }

// Take returns p to a and then keeps it, or not.
func (k *Keeper) Take(a *tcp.Assembler, p *capture.Packet) {
	k.given = false
	k.turn++
	a.Take(p, &k.taken)
	t := &k.taken
	if !t.TCP {
		if t.Fragment {
			n, f := k.flowOf(&t.Datagram)
			k.held.set(p, n)
			k.holdPacket(f, p.Data)
		}
		return
	}
	if t.Ignored {
		return
	}
	n, f := k.flowOf(&t.Flow)
	if t.Opens && f.over {
		f.reset()
	}
	if t.Fragment {
		k.joinFragments(n, f)
	}
	if f.kept || !f.over {
		k.held.set(p, n)
		k.held.opens = t.Opens
		p = k.cutBody(a, f, p)
		if f.kept {
			k.writePacket(f, &k.held, p, false)
		} else {
			k.holdPacket(f, p.Data)
		}
	}
	f.ended = f.ended || f.over && t.Ends
}

// flowOf returns the flow called id, new if it is not known, and its number.
func (k *Keeper) flowOf(id *packet.FlowID) (uint32, *flow) {
	n, known := k.flows.find(id)
	if !known {
		var lost bool
		if n, lost = k.flows.add(id); lost {
			k.stats.Forgotten++
		}
	}
	f := &k.flows.flows[n]
	f.used = k.turn
	return n, f
}

// cutBody returns p, a packet of f, without its payload if that is the later
// part of a body that is not wanted.
func (k *Keeper) cutBody(a *tcp.Assembler, f *flow, p *capture.Packet) *capture.Packet {
	t := &k.taken
	if k.given {
		f.body = 0
		return p
	}
	if t.Payload == 0 || k.body < 0 || !a.Unwanted() {
		return p
	}
	f.body += int64(t.Payload)
	if f.body <= k.body || t.Headers < 0 {
		return p
	}
	k.packet = *p
	k.packet.Data = p.Data[:t.Headers]
	k.packet.FCS = 0 // it went with the payload
	k.packet.Trimmed = true
	k.held.cut = true
	return &k.packet
}

// holdPacket puts k.held with data into the ring, as the last packet of f.
func (k *Keeper) holdPacket(f *flow, data []byte) {
	if !k.ring.canHold(len(data)) {
		f.early++
		return
	}
	for !k.ring.hasSpace(len(data)) {
		k.dropOldest()
	}
	number := k.ring.add(&k.held, data)
	if f.head == 0 {
		f.head = number
	} else {
		k.ring.at(f.tail).chain = number
	}
	f.tail = number
}

// dropOldest takes the oldest packet out of the ring. If its flow still wants
// it, it is that flow's first one.
func (k *Keeper) dropOldest() {
	h := k.ring.at(k.ring.oldest)
	if f := &k.flows.flows[h.flow]; f.head == k.ring.oldest {
		f.head = h.chain
		f.early++
	}
	k.ring.oldest++
}

// joinFragments moves the fragments that wait for the datagram at hand to f,
// flow n, the connection to which it belongs.
func (k *Keeper) joinFragments(n uint32, f *flow) {
	from, known := k.flows.find(&k.taken.Datagram)
	if !known {
		return
	}
	d := &k.flows.flows[from]
	for d.head != 0 && (f.kept || !f.over) {
		h := *k.ring.at(d.head)
		d.head = h.chain // what follows may have to go now, for the next
		h.flow, h.chain = n, 0
		if f.kept {
			k.writeHeld(f, &h)
			continue
		}
		k.copied = append(k.copied[:0], k.ring.bytes(&h)...)
		k.held = h
		k.holdPacket(f, k.copied)
	}
	if f.kept {
		k.stats.Early += d.early
	} else {
		f.early += d.early
	}
	d.reset()
}

// keepConn writes what is held of the connection called id: it carries
// authentication.
func (k *Keeper) keepConn(id *packet.FlowID) {
	_, f := k.flowOf(id)
	if f.kept {
		return
	}
	f.kept = true
	k.stats.Early += f.early
	for n := f.head; n != 0; {
		h := k.ring.at(n)
		k.writeHeld(f, h)
		n = h.chain
	}
	f.head, f.tail, f.early = 0, 0, 0
}

// writeHeld writes h, a packet of f that is in the ring.
func (k *Keeper) writeHeld(f *flow, h *held) {
	k.ring.fill(h, &k.packet)
	k.writePacket(f, h, &k.packet, true)
}

// writePacket writes p, a packet of f of which h tells the rest.
func (k *Keeper) writePacket(f *flow, h *held, p *capture.Packet, waited bool) {
	if !f.begun {
		f.begun = true
		k.stats.Connections++
		if !h.opens {
			k.stats.Partial++
		}
	}
	if h.cut {
		k.stats.Cut++
	}
	k.out.Packet(p, waited)
}
