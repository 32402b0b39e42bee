package tcp

import (
	"fmt"
	"slices"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/internal/assigned"
	"ntlmtrace/capture/packet"
)

// mixed is a Consumer of connections and datagrams that notes what comes when.
type mixed struct {
	countingConsumer
	log []string
}

func (m *mixed) Data(_ *Conn, s *Segment) Advice {
	m.log = append(m.log, fmt.Sprintf("%d TCP %s", s.Frame, s.Data))
	return More
}

func (m *mixed) WantsDatagrams() bool { return true }

func (m *mixed) Datagram(g *capture.Datagram) {
	m.log = append(m.log, fmt.Sprintf("%d UDP %s", g.Frame, g.Data))
}

// udpFrame makes an Ethernet frame with a datagram.
func udpFrame(t *testing.T, text string) []byte {
	head := packettest.Hex(t, "02 00 00 00 00 02  02 00 00 00 00 01  08 00  45 00 00 00  12 34 40 00  40 11 00 00  0a 00 00 01  0a 00 00 02  00 58 c0 01 00 00 00 00")
	head[17], head[39] = byte(28+len(text)), byte(8+len(text))
	return append(head, text...)
}

// TestDatagramsInOrder has datagrams between the segments of a connection, and
// one in fragments: each comes in the place of the frame that completes it.
func TestDatagramsInOrder(t *testing.T) {
	whole := append(packettest.Hex(t, "00 58 c0 01 00 20 00 00"), "parts of a datagram, all"...)
	ps := []*capture.Packet{
		packettest.New(capture.LinkEthernet, tcpFrame(0, 0, 1, 1, packet.FlagACK, []byte("one"))),
		packettest.New(capture.LinkEthernet, udpFrame(t, "first")),
		packettest.Part(0, 16).IPv4(whole, assigned.ProtoUDP, 9),
		packettest.New(capture.LinkEthernet, tcpFrame(0, 0, 4, 1, packet.FlagACK, []byte("two"))),
		packettest.LastPart(16, 16).IPv4(whole, assigned.ProtoUDP, 9),
		packettest.New(capture.LinkEthernet, tcpFrame(0, 0, 7, 1, packet.FlagACK, []byte("six"))),
		packettest.New(capture.LinkEthernet, udpFrame(t, "last")),
	}
	want := []string{"1 TCP one", "2 UDP first", "4 TCP two", "5 UDP parts of a datagram, all", "6 TCP six", "7 UDP last"}
	var all []capture.Packet
	for i, p := range ps {
		p.Frame = int64(i + 1)
		all = append(all, *p)
	}
	for name, follow := range map[string]func(a *Assembler){
		"one by one":      func(a *Assembler) { each(all, a.Packet) },
		"several at once": func(a *Assembler) { a.Packets(all) },
		"taken":           func(a *Assembler) { each(all, func(p *capture.Packet) { a.Take(p, new(Taken)) }) },
	} {
		t.Run(name, func(t *testing.T) {
			m := new(mixed)
			a := NewAssembler(AssemblerOptions{}, m)
			follow(a)
			if !slices.Equal(m.log, want) {
				t.Errorf("got  %q\nwant %q", m.log, want)
			}
			if s := a.Stats(); s.Packets != 7 || s.TCP != 3 || len(s.NotDecoded) > 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// each calls f with every packet.
func each(ps []capture.Packet, f func(*capture.Packet)) {
	for i := range ps {
		f(&ps[i])
	}
}

// TestTakenOfDatagrams holds that the fragments of a datagram are not taken for
// those of a segment.
func TestTakenOfDatagrams(t *testing.T) {
	whole := append(packettest.Hex(t, "00 58 c0 01 00 20 00 00"), make([]byte, 24)...)
	a := NewAssembler(AssemblerOptions{}, new(mixed))
	for _, p := range []*capture.Packet{
		packettest.Part(0, 16).IPv4(whole, assigned.ProtoUDP, 9),
		packettest.LastPart(16, 16).IPv4(whole, assigned.ProtoUDP, 9),
	} {
		var taken Taken
		if a.Take(p, &taken); taken.TCP || taken.Fragment {
			t.Errorf("%+v", taken)
		}
	}
}
