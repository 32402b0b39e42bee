package analysis_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/capture"
)

// A sight is how a machine that forwards sees a packet once: its mark, and
// whether at the interface at which it came or at that through which it leaves.
type sight struct {
	mark   capture.Direction
	at     func(in, out byte) byte
	routed bool // its time to live is one less
}

func inside(in, _ byte) byte      { return in }
func outside(_, out byte) byte    { return out }
func bridgeItself(_, _ byte) byte { return 9 }

// marked is how machines that forward see each packet of others. None of these
// marks says that an address is the machine's own: findings.md 4.1.
var marked = map[string]struct {
	link   capture.LinkType
	sights []sight
}{
	"bridge":                     {sll2, []sight{{capture.Passing, inside, false}, {capture.Outbound, outside, false}}},
	"bridge with its own device": {sll2, []sight{{capture.Passing, inside, false}, {capture.Outbound, outside, false}, {capture.Passing, bridgeItself, false}}},
	"bridge, no interfaces":      {capture.LinkLinuxSLL, []sight{{capture.Passing, inside, false}, {capture.Outbound, outside, false}}},
	"router":                     {sll2, []sight{{capture.Inbound, inside, false}, {capture.Outbound, outside, true}}},
	"router, pcapng":             {ethernet, []sight{{capture.Inbound, inside, false}, {capture.Outbound, outside, true}}},
	"-Q out":                     {sll2, []sight{{capture.Outbound, outside, false}}},
	"-Q out, no interfaces":      {capture.LinkLinuxSLL, []sight{{capture.Outbound, outside, false}}},
	"-Q out, pcapng":             {ethernet, []sight{{capture.Outbound, outside, false}}},
	"-Q in":                      {sll2, []sight{{capture.Passing, inside, false}}},
}

// TestForwarded captures every sample on a machine that forwards its packets.
// What is found stays the same.
func TestForwarded(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		if s.Marks {
			t.Skip("the marks are evidence here")
		}
		for name, m := range marked {
			r := analysistest.ReadPackets(seenBy(s.packets, m.link, m.sights), analysis.Options{})
			if d := analysistest.Difference(withoutCuts(s.said), withoutCuts(analysistest.Said(r.Findings))); d != "" {
				t.Errorf("%s:%s", name, d)
			}
		}
	})
}

// withoutCuts leaves out how many packets are cut: a copy is one more.
func withoutCuts(said []string) (out []string) {
	for _, line := range said {
		out = append(out, cuts.ReplaceAllString(line, ""))
	}
	return out
}

var cuts = regexp.MustCompile(`\d+ packets? cut`)

// seenBy gives the packets as a machine sees them that forwards them.
func seenBy(packets []capture.Packet, l capture.LinkType, sights []sight) []capture.Packet {
	var out []capture.Packet
	for _, p := range packets {
		h := headersOf(p)
		in, way := behind(h.src), behind(h.dst)
		for i, s := range sights {
			q := p
			q.Time += int64(i) * int64(4*time.Microsecond)
			q.Data = slices.Clone(p.Data)
			q.Direction = s.mark
			if s.routed {
				headersOf(q).route()
			}
			q = cooked(q, l, s.mark, s.at(in, way))
			out = append(out, q)
		}
	}
	slices.SortStableFunc(out, func(a, b capture.Packet) int { return int(a.Time - b.Time) })
	return numbered(out)
}

// behind is the interface behind which an address is: several have one.
func behind(addr []byte) byte { return 2 + addr[len(addr)-1]%3 }

// route takes one from the time to live.
func (h headers) route() {
	if len(h.src) == 4 {
		h.data[h.ip+8]--
	} else {
		h.data[h.ip+7]--
	}
	h.sum()
}

// cooked puts a packet of an Ethernet capture on a link layer with marks. Its
// mark is then in its data.
func cooked(p capture.Packet, l capture.LinkType, mark capture.Direction, at byte) capture.Packet {
	kind := map[capture.Direction]byte{capture.Inbound: 0, capture.Passing: 3, capture.Outbound: 4}[mark]
	h := headersOf(p)
	var head []byte
	switch l {
	case sll2:
		head = []byte{0, 0, 0, 0, 0, 0, 0, at, 0, 1, kind, 6, 2, 0, 0, 0, 0, 1, 0, 0}
		copy(head, p.Data[h.ip-2:h.ip]) // the EtherType
	case capture.LinkLinuxSLL:
		head = append([]byte{0, kind, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, p.Data[h.ip-2:h.ip]...)
	default:
		return p
	}
	q := p
	q.Data = slices.Concat(head, p.Data[h.ip:])
	q.Length += len(q.Data) - len(p.Data)
	q.Link, q.Direction = l, capture.Unmarked
	return q
}
