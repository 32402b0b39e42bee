package capturetest

import (
	"fmt"
	"time"
)

// The time that things take unless a conversation says otherwise: what one
// sees in a company network.
const (
	roundTrip  = time.Millisecond
	gap        = 12 * time.Microsecond  // between segments sent together
	think      = 350 * time.Microsecond // before an answer
	copyDelay  = 3 * time.Microsecond   // between a frame and its copy
	delayedAck = 40 * time.Millisecond
)

// The two ends of a connection.
const (
	client = iota
	server
)

// A Conn is a TCP connection of which the code says, in order, what is sent.
// Methods return it, so that a conversation can be written as one expression.
type Conn struct {
	capture     *Capture
	end         [2]end
	mss         int
	rtt         time.Duration
	also        []view
	hidden      [2]bool // what this end sends is not captured
	opened      bool    // no SYN is sent
	speaker     int     // who sent last
	unacked     int     // segments of the speaker that the other end did not acknowledge
	deadline    time.Time
	lose        int   // packets to come that the capture loses
	swap        bool  // the next packet is overtaken by the one after it
	cuts        []int // where the next message is split, in bytes from its start
	last        []*segment
	head, whole *Frame
}

// end is one end of a connection.
type end struct {
	Endpoint
	next uint32 // sequence number of the next byte
}

// segment is data that was sent, kept for a retransmission.
type segment struct {
	seq   uint32
	data  []byte
	frame *Frame
}

// A ConnOption changes one connection.
type ConnOption func(*Conn)

// FromPort sets the client's port; without it every client counts up.
func FromPort(port uint16) ConnOption { return func(k *Conn) { k.end[client].Port = port } }

// ISN sets the initial sequence numbers of client and server.
func ISN(c, s uint32) ConnOption {
	return func(k *Conn) { k.end[client].next, k.end[server].next = c, s }
}

// MSS sets the largest payload of one segment.
func MSS(n int) ConnOption { return func(k *Conn) { k.mss = n } }

// RTT sets the round trip; the capture point is halfway.
func RTT(d time.Duration) ConnOption { return func(k *Conn) { k.rtt = d } }

// Midstream leaves the handshake out: the connection is older than the capture.
func Midstream() ConnOption { return func(k *Conn) { k.opened = true } }

// ClientOnly hides what the server sends, as on an asymmetric route.
func ClientOnly() ConnOption { return func(k *Conn) { k.hidden[server] = true } }

// ServerOnly hides what the client sends.
func ServerOnly() ConnOption { return func(k *Conn) { k.hidden[client] = true } }

// Dial opens a connection.
func (c *Capture) Dial(from Host, to Endpoint, options ...ConnOption) *Conn {
	k := &Conn{capture: c, mss: 1460, rtt: roundTrip}
	if to.Addr.Is6() {
		k.mss = 1440
	}
	k.end = [2]end{{Endpoint: from.At(0)}, {Endpoint: to}}
	for _, o := range options {
		o(k)
	}
	if k.end[client].Port == 0 {
		k.end[client].Port = c.nextPort(from.Addr)
	}
	for i := range k.end {
		if k.end[i].next == 0 {
			k.end[i].next = mix(fmt.Sprint("isn", i, k.end[client].Endpoint, k.end[server].Endpoint))
		}
	}
	c.Wait(think)
	if !k.opened {
		k.handshake()
	}
	return k
}

// handshake sends SYN, SYN/ACK and ACK.
func (k *Conn) handshake() {
	k.send(client, flagSYN, nil)
	k.end[client].next++
	k.capture.Wait(k.rtt / 2)
	k.send(server, flagSYN|flagACK, nil)
	k.end[server].next++
	k.capture.Wait(k.rtt / 2)
	k.send(client, flagACK, nil)
}

// From is the client's end.
func (k *Conn) From() Endpoint { return k.end[client].Endpoint }

// To is the server's end.
func (k *Conn) To() Endpoint { return k.end[server].Endpoint }

// Frame is the frame that holds the end of the last message: Wireshark shows
// the message there. Its number is 0 as long as it was not captured.
func (k *Conn) Frame() *Frame { return k.whole }

// Head is the frame that holds the end of the last message's head, the empty
// line; that of the end if there is none.
func (k *Conn) Head() *Frame { return k.head }

// send puts one packet on the wire, and into the capture if it gets there.
func (k *Conn) send(from int, flags uint8, data []byte) *Frame {
	e, peer := &k.end[from], &k.end[1-from]
	w := wire{frame: &Frame{}, also: k.also, packet: packet{
		src: e.Endpoint, dst: peer.Endpoint, id: k.capture.nextID(e.Addr), ttl: e.TTL,
		seq: e.next, ack: peer.next, flags: flags, mss: k.mss, data: data,
	}}
	k.deliver(from, w)
	return w.frame
}

func (k *Conn) deliver(from int, w wire) {
	switch {
	case k.lose > 0:
		k.lose--
	case k.hidden[from]:
	case k.swap:
		k.swap = false
		k.capture.swapped = &w
	default:
		k.capture.capture(w)
	}
}
