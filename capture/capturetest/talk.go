package capturetest

import (
	"strings"
	"time"
)

// Client sends text to the server.
func (k *Conn) Client(text string) *Conn { return k.say(client, text) }

// Server sends text to the client.
func (k *Conn) Server(text string) *Conn { return k.say(server, text) }

// Split cuts the next message into segments at these offsets, besides those
// that the maximum segment size makes.
func (k *Conn) Split(offsets ...int) *Conn {
	k.cuts = offsets
	return k
}

// Wait lets time pass, for all connections of the capture.
func (k *Conn) Wait(d time.Duration) *Conn {
	k.capture.Wait(d)
	return k
}

func (k *Conn) say(from int, text string) *Conn {
	k.turn(from)
	k.last, k.head = nil, nil
	head := strings.Index(text, "\r\n\r\n") + 4
	if head < 4 {
		head = len(text)
	}
	for off := 0; off < len(text); {
		n := k.segmentSize(off, len(text))
		s := k.sendData(from, []byte(text[off:off+n]), off+n == len(text))
		off += n
		k.whole = s.frame
		if k.head == nil && off >= head {
			k.head = s.frame
		}
	}
	k.cuts = nil
	return k
}

// segmentSize says how many of the bytes from off on make the next segment.
func (k *Conn) segmentSize(off, total int) int {
	n := min(k.mss, total-off)
	for _, c := range k.cuts {
		if c > off && c-off < n {
			n = c - off
		}
	}
	return n
}

// turn lets the time pass that lies before a message: the way of the message
// before it, and the work that it made.
func (k *Conn) turn(from int) {
	if k.speaker == from {
		k.capture.Wait(think)
		return
	}
	k.capture.Wait(k.rtt/2 + think)
	k.speaker, k.unacked = from, 0
	k.capture.paid(k)
}

// sendData sends one segment. The other end acknowledges every second one at
// once, as RFC 9293 section 3.8.6.3 asks, and the odd one with its answer or
// after a while.
func (k *Conn) sendData(from int, data []byte, push bool) *segment {
	flags := uint8(flagACK)
	if push {
		flags |= flagPSH
	}
	s := &segment{seq: k.end[from].next, data: data}
	s.frame = k.send(from, flags, data)
	k.end[from].next += uint32(len(data))
	k.last = append(k.last, s)
	k.capture.Wait(gap)
	k.unacked++
	if k.unacked == 2 {
		k.acknowledge()
	} else {
		k.deadline = k.capture.now.Add(delayedAck)
		k.capture.owes(k)
	}
	return s
}

// acknowledge sends what the listener owes.
func (k *Conn) acknowledge() {
	k.unacked = 0
	k.capture.paid(k)
	k.send(1-k.speaker, flagACK, nil)
}

// KeepAlive sends a keep-alive probe, RFC 9293 section 3.8.4, and its answer.
func (k *Conn) KeepAlive() *Conn {
	k.end[client].next--
	k.send(client, flagACK, []byte{0})
	k.end[client].next++
	k.capture.Wait(k.rtt / 2)
	k.send(server, flagACK, nil)
	return k
}

// Close ends the connection by FIN, the client first.
func (k *Conn) Close() *Conn { return k.close(client) }

// ServerClose ends the connection by FIN, the server first.
func (k *Conn) ServerClose() *Conn { return k.close(server) }

func (k *Conn) close(from int) *Conn {
	k.turn(from)
	k.capture.paid(k)
	k.send(from, flagFIN|flagACK, nil)
	k.end[from].next++
	k.capture.Wait(k.rtt / 2)
	k.send(1-from, flagFIN|flagACK, nil)
	k.end[1-from].next++
	k.capture.Wait(k.rtt / 2)
	k.send(from, flagACK, nil)
	return k
}

// Reset ends the connection by RST from the client.
func (k *Conn) Reset() *Conn { return k.reset(client) }

// ServerReset ends the connection by RST from the server.
func (k *Conn) ServerReset() *Conn { return k.reset(server) }

func (k *Conn) reset(from int) *Conn {
	k.turn(from)
	k.capture.paid(k)
	k.send(from, flagRST|flagACK, nil)
	return k
}
