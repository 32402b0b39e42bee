package tcp

import (
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"
	"testing"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

// talk plays a conversation to an Assembler and writes down the calls of the
// consumer. One line is one packet:
//
//	> 0 abc ack=7     endpoint 0 sends abc at the sequence number that follows its SYN
//	< 3 - fin         endpoint 1 sends no bytes at number 3, and FIN
//	> syn             < syn ack
//	wait 60ms         time passes
//
// Further words: rst, id=N (IP identification; counted up by default), cut=N
// (bytes that the capture did not keep), isn=N (added to the sequence numbers
// of that side from here on), port=N (another connection), in, out (marks).
// Each packet is 1 ms after the one before.
type talk struct {
	isn    [2]uint32
	base   [2]uint32 // what "isn=" added
	port   uint16
	ids    [2]uint16
	now    capture.Stamp
	a      *Assembler
	advice map[string]Advice
	log    []string
	conns  map[int64]string // facts of the connections when they closed
	noIDs  bool

	passages []string
}

var talkSeed = maphash.MakeSeed()

func newTalk(o AssemblerOptions, isn [2]uint32) *talk {
	k := &talk{isn: isn, port: 1000, conns: map[int64]string{}}
	k.now.Time = time.Date(2024, 5, 1, 8, 0, 0, 0, time.UTC).UnixNano()
	k.a = NewAssembler(o, k)
	return k
}

var talkDirs = [2]string{">", "<"}

func (k *talk) name(c *Conn) string {
	if c.ID() == 1 {
		return ""
	}
	return strconv.FormatInt(c.ID(), 10) + ":"
}

func (k *talk) Data(c *Conn, s *Segment) Advice {
	line := fmt.Sprintf("%s%s %s #%d", k.name(c), talkDirs[s.Dir], s.Data, s.Frame)
	if s.Lost != 0 {
		line += fmt.Sprintf(" lost=%d", s.Lost)
	}
	k.log = append(k.log, line)
	return k.advice[string(s.Data)]
}

func (k *talk) Skipped(c *Conn, d capture.Dir, at capture.Stamp) {
	k.log = append(k.log, fmt.Sprintf("%s%s skipped #%d", k.name(c), talkDirs[d], at.Frame))
}

func (k *talk) HalfClosed(c *Conn, d capture.Dir, at capture.Stamp) {
	k.log = append(k.log, fmt.Sprintf("%s%s fin #%d", k.name(c), talkDirs[d], at.Frame))
}

func (k *talk) Passage(p *capture.Passage) {
	kind := [...]string{"sent", "arrived", "forwarded"}[p.Kind]
	if p.Again {
		kind += " again"
	}
	k.passages = append(k.passages, fmt.Sprintf("%v %s at %d", p.From, kind, p.Interface))
}

func (k *talk) Closed(c *Conn, at capture.Stamp, how capture.End) {
	k.log = append(k.log, fmt.Sprintf("%s%s #%d", k.name(c), how, at.Frame))
	k.conns[c.ID()] = facts(c)
}

// facts returns what a Conn tells, for comparison.
func facts(c *Conn) string {
	var f []string
	for d := range capture.Dir(2) {
		for name, is := range map[string]bool{"started": c.Started(d), "lost": c.Lost(d), "in": c.half[d].flags&halfInbound != 0, "out": c.half[d].flags&halfOutbound != 0} {
			if is {
				f = append(f, talkDirs[d]+name)
			}
		}
	}
	if d, ok := c.Initiator(); ok {
		f = append(f, talkDirs[d]+"opened")
	}
	if c.Conflict() {
		f = append(f, "conflict")
	}
	if c.RoundTrip() != 0 {
		f = append(f, c.RoundTrip().String())
	}
	return strings.Join(f, " ")
}

func (k *talk) play(t testing.TB, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if words[0] == "wait" {
			d, err := time.ParseDuration(words[1])
			if err != nil {
				t.Fatal(err)
			}
			k.now.Time += int64(d)
			continue
		}
		k.packet(t, words)
	}
}

func (k *talk) packet(t testing.TB, words []string) {
	t.Helper()
	d := capture.Dir(0)
	if words[0] == "<" {
		d = 1
	}
	k.now.Frame++
	k.now.Time += int64(time.Millisecond)
	k.ids[d]++
	s := packet.TCP{Stamp: k.now, Dir: d, HasID: !k.noIDs, ID: k.ids[d] + 100, Flags: packet.FlagACK}
	at, data, ack := uint32(0), "", uint32(0)
	for i, w := range words[1:] {
		name, value, _ := strings.Cut(w, "=")
		n, err := strconv.ParseInt(cmpOr(value, w), 10, 64)
		switch {
		case i == 0 && err == nil && value == "":
			at = uint32(n)
		case i == 1 && value == "" && (words[1][0] >= '0' && words[1][0] <= '9' || words[1][0] == '-'):
			data = strings.Trim(w, "-")
		case name == "ack" && value != "":
			ack = uint32(n)
		case name == "id":
			s.ID = uint16(n)
		case name == "cut":
			s.Cut = int(n)
		case name == "isn":
			k.base[d] = uint32(n)
		case name == "port":
			k.port = uint16(n)
		case w == "in":
			s.Mark = capture.Inbound
		case w == "out":
			s.Mark = capture.Outbound
		case w == "passing":
			s.Mark = capture.Passing
		case w == "looped":
			s.Mark = capture.Looped
		case name == "at":
			s.Through = uint16(n)
		case w == "fin":
			s.Flags |= packet.FlagFIN
		case w == "rst":
			s.Flags |= packet.FlagRST
		case w == "syn":
			s.Flags, at = packet.FlagSYN, ^uint32(0)
		case w == "ack":
			s.Flags |= packet.FlagACK
		default:
			t.Fatalf("%q: what is %q?", words, w)
		}
	}
	s.Seq = k.isn[d] + k.base[d] + 1 + at
	s.Ack = k.isn[1-d] + k.base[1-d] + 1 + ack
	s.Payload = []byte(data)
	s.Key = talkKey(k.port)
	s.Key.Hash = uint32(maphash.Comparable(talkSeed, s.Key))
	k.a.takeSegment(&s)
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// mapped4 is what is above an IPv4 address in the low half of a packet.Address.
const mapped4 = 0xffff << 32

func talkKey(port uint16) packet.FlowKey {
	return packet.FlowKey{
		Addr: [2]packet.Address{{Lo: mapped4 | 0x0a09000a}, {Lo: mapped4 | 0x0a090014}},
		Port: [2]uint16{port, 80},
	}
}
