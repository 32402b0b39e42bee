package capturetest

import "time"

// Lose hides the next n packets of the connection, of either end, from the
// capture: they arrive, and the conversation goes on.
func (k *Conn) Lose(n int) *Conn {
	k.lose = n
	return k
}

// Swap makes the packet after the next one overtake it in the capture; if none
// comes after it, it is lost.
func (k *Conn) Swap() *Conn {
	k.swap = true
	return k
}

// Retransmit sends the last message again, with the sequence numbers that it
// had, after a retransmission timeout: the first time it did not arrive, so
// it is not acknowledged. If a frame of it was not captured, the
// retransmission gives it its number.
func (k *Conn) Retransmit() *Conn {
	k.capture.paid(k)
	k.capture.Wait(300 * time.Millisecond)
	e := &k.end[k.speaker]
	next := e.next
	for _, s := range k.last {
		e.next = s.seq
		f := k.send(k.speaker, flagACK|flagPSH, s.data)
		if s.frame.Number == 0 {
			*s.frame = *f
		}
		k.capture.Wait(gap)
	}
	e.next = next
	k.deadline = k.capture.now.Add(delayedAck)
	k.capture.owes(k)
	return k
}

// A view is a second sight of the packets of a connection, somewhere else on
// their way.
type view struct {
	vlan uint16
	hops uint8 // routers between the first sight and this one
	nat  map[Endpoint]Endpoint
}

// Mirrored captures every packet of the connection a second time, hops routers
// later and in another VLAN, as a SPAN port of two VLANs does.
func Mirrored(vlan uint16, hops uint8) ConnOption {
	return func(k *Conn) { k.also = append(k.also, view{vlan: vlan, hops: hops}) }
}

// NAT captures the connection a second time behind a device that translates
// the addresses of both ends and nothing else.
func NAT(from, to Endpoint) ConnOption {
	return func(k *Conn) {
		k.also = append(k.also, view{hops: 1, nat: map[Endpoint]Endpoint{{}: from, k.end[server].Endpoint: to}})
	}
}

// see returns p as the view shows it. In nat the client, whose port may not
// have been known, has the zero key.
func (v view) see(p packet) packet {
	p.ttl -= v.hops
	if v.vlan != 0 {
		p.vlan = v.vlan
	}
	if v.nat != nil {
		p.src, p.dst = v.translate(p.src), v.translate(p.dst)
	}
	return p
}

func (v view) translate(e Endpoint) Endpoint {
	if t, ok := v.nat[e]; ok {
		return t
	}
	return v.nat[Endpoint{}]
}
