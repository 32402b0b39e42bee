package tcp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/packet"
)

func TestEnds(t *testing.T) {
	runTalks(t, []talkCase{
		{
			name: "FIN both ways",
			in:   handshake + "> 0 abc fin\n < 0 xyz ack=4\n < 3 - fin\n > 4 - ack=4\n < 3 - fin",
			want: "> abc #3\n > fin #3\n < xyz #4\n < fin #5\n finished #5",
		},
		{
			name:  "FIN overtakes the last bytes",
			in:    handshake + "> 0 abc\n > 6 - fin\n > 6 - fin\n < 0 - ack=3\n > 3 def",
			want:  "> abc #3\n > def #7\n > fin #7\n end of capture #7",
			stats: capture.Stats{},
		},
		{
			name:  "bytes before the FIN are lost",
			in:    handshake + "> 0 abc\n > 6 ghi fin\n < 0 xyz ack=10\n < 3 - fin",
			want:  "> abc #3\n > ghi #4 lost=3\n > fin #6\n < xyz #5\n < fin #6\n finished #6",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "the last bytes are lost",
			in:    handshake + "> 0 abc\n > 6 - fin\n < 0 xyz ack=7",
			want:  "> abc #3\n > fin #5\n < xyz #5\n end of capture #5",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "bytes beyond a FIN that waits",
			in:    handshake + "< 0 xyz\n > 6 - fin\n > 3 defXX\n > 6 YYY\n > 0 abc",
			want:  "< xyz #3\n > abc #7\n > def #7\n > fin #7\n end of capture #7",
			stats: capture.Stats{Reordered: 1},
		},
		{
			name: "a FIN before what was seen is none",
			in:   handshake + "> 0 abc\n > 3 def\n > 2 - fin\n > 6 ghi",
			want: "> abc #3\n > def #4\n > ghi #6\n end of capture #6",
		},
		{
			name: "FIN of a direction without payload",
			in:   "> 0 abc\n < 0 - fin\n > 3 def fin",
			want: "> abc #1 lost=-1\n < fin #2\n > def #3\n > fin #3\n finished #3",
		},
		{
			name: "RST, and late packets",
			in:   handshake + "> 0 abc\n < 0 - rst\n > 3 def\n < 0 xyz\n > 0 abc",
			want: "> abc #3\n reset #4\n",
		},
		{
			name: "RST with text",
			in:   handshake + "> 0 abc\n < 0 goaway rst",
			want: "> abc #3\n reset #4",
		},
		{
			name: "RST far outside of the window",
			in:   handshake + "> 0 abc\n > 90000000 - rst\n < 90000000 - rst\n > 3 def",
			want: "> abc #3\n > def #6\n end of capture #6",
		},
		{
			name:   "RST inside a skipped body",
			in:     handshake + "> 0 abc\n < 0 xyz ack=3\n < 3 body\n < 7 - rst",
			want:   "> abc #3\n < xyz #4\n reset #6",
			advice: map[string]Advice{"xyz": Skip(50_000_000)},
		},
		{
			name: "late packets after FIN open no connection",
			in:   handshake + "> 0 abc fin\n < 0 xyz fin\n > 0 abc fin\n wait 2s\n < 0 xyz fin\n > 4 - ack=4",
			want: "> abc #3\n > fin #3\n < xyz #4\n < fin #4\n finished #4",
		},
		{
			name: "long after, it is a new connection",
			in:   handshake + "> 0 abc fin\n < 0 xyz fin\n wait 61s\n > 40 abc",
			want: "> abc #3\n > fin #3\n < xyz #4\n < fin #4\n finished #4\n 2:> abc #5 lost=-1\n 2:end of capture #5",
		},
		{
			name: "no packet for an hour, then others",
			in:   handshake + "> 0 abc\n wait 1h1m\n > 50000000 def",
			want: "> abc #3\n idle #4\n 2:> def #4 lost=-1\n 2:end of capture #4",
		},
		{
			name: "one packet with a wrong time",
			in:   handshake + "> 0 abc\n wait 200000h\n > 3 def\n wait -200000h\n > 6 ghi",
			want: "> abc #3\n > def #4\n > ghi #5\n end of capture #5",
		},
		{
			name: "idle, seen by packets of another connection",
			in:   handshake + "> 0 abc\n wait 1h1m\n" + strings.Repeat("> 0 - port=2\n", 8),
			want: "> abc #3\n idle #8",
		},
		{
			name: "time set back",
			in:   handshake + "> 0 abc\n wait -48h\n > 6 ghi\n wait -48h\n > 3 def\n > 9 - fin\n < 0 - fin",
			want: "> abc #3\n > def #5\n > ghi #5\n > fin #6\n < fin #7\n finished #7",

			stats: capture.Stats{Reordered: 1},
		},
	})
}

func TestPortsUsedAgain(t *testing.T) {
	runTalks(t, []talkCase{
		{
			name: "after FIN",
			in:   handshake + "> 0 abc fin\n < 0 xyz fin\n > syn isn=70000\n < syn ack isn=80000\n > 0 def",
			want: "> abc #3\n > fin #3\n < xyz #4\n < fin #4\n finished #4\n 2:> def #7\n 2:end of capture #7",
		},
		{
			name: "without FIN",
			in:   handshake + "> 0 abc\n > 6 ghi\n > syn isn=70000\n < syn ack isn=80000\n > 0 def",
			want: "> abc #3\n > ghi #4 lost=3\n port reused #5\n 2:> def #7\n 2:end of capture #7",

			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name: "seen by the SYN/ACK alone",
			in:   handshake + "> 0 abc\n < syn ack isn=80000\n < 0 xyz",
			want: "> abc #3\n port reused #4\n 2:< xyz #5\n 2:end of capture #5",
		},
		{
			name: "the same SYN again is the same connection",
			in:   handshake + "> 0 abc\n > syn\n < syn ack\n < 0 xyz\n < syn ack\n > syn\n > 3 def",
			want: "> abc #3\n < xyz #6\n > def #9\n end of capture #9",
		},
		{
			name: "the same SYN late, after a start in the middle",
			in:   "> 0 abc\n > syn\n > 3 def",
			want: "> abc #1 lost=-1\n > def #3\n end of capture #3",
		},
	})
}

func TestOneSided(t *testing.T) {
	one := capture.Stats{OneSided: 1}
	runTalks(t, []talkCase{
		{
			name:  "requests only",
			in:    handshake + "> 0 abc ack=0\n > 3 - ack=500\n > 3 def ack=500",
			want:  "> abc #3\n > def #5\n end of capture #5",
			stats: one,
		},
		{
			name:  "requests only, from the middle",
			in:    "> 0 abc ack=77\n > 3 - ack=100",
			want:  "> abc #1 lost=-1\n end of capture #2",
			stats: one,
		},
		{
			name:  "the other direction without its payload",
			in:    "> 0 abc\n < 99 - ack=3",
			want:  "> abc #1 lost=-1\n end of capture #2",
			stats: one,
		},
		{
			name: "an answer that is empty",
			in:   handshake + "> 0 abc fin\n < 0 - ack=3 fin\n > 4 - ack=1",
			want: "> abc #3\n > fin #3\n < fin #4\n finished #4",
		},
		{
			name: "acknowledged before captured",
			in:   handshake + "> 0 abc ack=3\n < 0 xyz ack=3",
			want: "> abc #3\n < xyz #4\n end of capture #4",
		},
	})
}

func TestEviction(t *testing.T) {
	three := AssemblerOptions{Memory: 3*connCost + 8, Reordered: 8}
	runTalks(t, []talkCase{
		{
			name:   "the oldest goes",
			in:     "> 0 a port=1\n > 0 b port=2\n > 0 c port=3\n > 1 d port=1\n > 0 e port=4",
			want:   "> a #1 lost=-1\n 2:> b #2 lost=-1\n 3:> c #3 lost=-1\n > d #4\n 2:evicted #5\n 4:> e #5 lost=-1\n end of capture #5\n 3:end of capture #5\n 4:end of capture #5",
			stats:  capture.Stats{Evicted: 1},
			limits: three,
		},
		{
			name:   "what is ignored goes before",
			in:     "> 0 a port=1\n > 0 b port=2\n > 0 c port=3\n > 0 d port=4",
			want:   "> a #1 lost=-1\n 2:> b #2 lost=-1\n 3:> c #3 lost=-1\n 4:> d #4 lost=-1\n end of capture #4\n 2:end of capture #4\n 4:end of capture #4",
			stats:  capture.Stats{Evicted: 1},
			limits: three,
			advice: map[string]Advice{"c": Ignore},
		},
		{
			name:   "what is closed goes before all",
			in:     "> 0 a port=1\n > 0 b port=2\n > 0 c port=3\n > 1 - rst\n > 0 d port=4",
			want:   "> a #1 lost=-1\n 2:> b #2 lost=-1\n 3:> c #3 lost=-1\n 3:reset #4\n 4:> d #5 lost=-1\n end of capture #5\n 4:end of capture #5",
			limits: three,
			advice: map[string]Advice{"b": Ignore},
		},
		{
			name:   "with bytes that wait",
			in:     "> 0 a port=1\n > 3 b\n > 0 c port=2",
			want:   "> a #1 lost=-1\n > b #2 lost=2\n evicted #3\n 2:> c #3 lost=-1\n 2:end of capture #3",
			stats:  capture.Stats{Evicted: 1, Gaps: 1, LostBytes: 2},
			limits: AssemblerOptions{Memory: connCost + 1<<20, Reordered: 1 << 20},
		},
	})
}

func TestSYNTableKeepsTheLast(t *testing.T) {
	k := newTalk(AssemblerOptions{}, talkISNs[0])
	k.play(t, "> syn isn=5\n > syn isn=9\n wait 20ms\n < syn ack isn=4\n wait 5ms\n < syn ack\n > 0 abc\n < 0 xyz")
	k.a.Close()
	if got, want := k.conns[1], "21ms"; !strings.Contains(got, want) || !strings.Contains(got, ">started") {
		t.Errorf("facts %q, want the round trip %s of the last SYN", got, want)
	}
}

func TestRoundTripUnknown(t *testing.T) {
	for name, in := range map[string]string{
		"too long":           "> syn\n wait 31s\n < syn ack\n > 0 abc",
		"clock set back":     "> syn\n wait -1s\n < syn ack\n > 0 abc",
		"answer to another":  "> syn\n < syn ack ack=99\n > 0 abc",
		"SYN not captured":   "< syn ack\n > 0 abc",
		"answer not capture": "> syn\n > 0 abc",
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalk(AssemblerOptions{}, talkISNs[0])
			k.play(t, in)
			c := k.a.conns.find(&packet.FlowKey{})
			if c != nil {
				t.Fatal("a connection of no key")
			}
			if c = k.a.conns.at(1); c.RoundTrip() != time.Duration(0) {
				t.Errorf("round trip %v, want 0", c.RoundTrip())
			}
			if d, ok := c.Initiator(); d != 0 || !ok {
				t.Errorf("initiator %d %v, want 0", d, ok)
			}
		})
	}
}

// endsTalk is a talk that is told of the ends of ignored connections.
type endsTalk struct{ *talk }

func (k endsTalk) IgnoredClosed(c *Conn, at capture.Stamp) {
	k.log = append(k.log, fmt.Sprintf("%signored closed #%d", k.name(c), at.Frame))
}

// TestIgnoredClosed holds that the end of an ignored connection is told once,
// however it ends.
func TestIgnoredClosed(t *testing.T) {
	for name, test := range map[string]struct{ in, want string }{
		"FIN both ways":      {"> 3 - fin\n < 0 - fin\n > 4 x\n < 1 - fin", "ignored closed #5"},
		"RST":                {"> 3 - rst\n < 0 xyz", "ignored closed #4"},
		"end of the capture": {"> 3 more\n < 0 xyz", "ignored closed #5"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalk(AssemblerOptions{}, [2]uint32{1000, 9000})
			k.a = NewAssembler(AssemblerOptions{}, endsTalk{k})
			k.advice = map[string]Advice{"abc": Ignore}
			k.play(t, handshake+"> 0 abc")
			k.log = nil
			k.play(t, test.in)
			k.a.Close()
			if got := strings.Join(k.log, " "); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
