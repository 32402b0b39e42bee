package tcp

import "ntlmtrace/capture"

// DatagramConsumer is a Consumer that can take UDP datagrams as well. The
// Assembler asks when it is made whether its Consumer wants them; if not, UDP
// costs it nothing.
type DatagramConsumer interface {
	Consumer
	// WantsDatagrams reports whether Datagram is to be called.
	WantsDatagrams() bool
	// Datagram gives a UDP datagram, in the order of the packets: after the
	// bytes of the packets before, and before those of the packets after. g and
	// what it holds are valid during the call only.
	Datagram(g *capture.Datagram)
}

// giveDatagram hands the UDP datagram of the packet at hand, if there is one,
// to the consumer that wants it.
func (a *Assembler) giveDatagram() {
	if g := a.decoder.Datagram(); g != nil {
		a.datagrams.Datagram(g)
	}
}
