package capture

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// handshake opens the connection of a talk.
const handshake = `
	> syn
	< syn ack
`

// talkISNs are the initial sequence numbers that each talk is played with: the
// numbers wrap early in one of them.
var talkISNs = [][2]uint32{{1000, 2000}, {0xfffffffd, 0xfffffffe}, {0x7ffffffd, 0x7ffffffb}}

type talkCase struct {
	name   string
	in     string
	want   string // what the consumer is told
	facts  string // of connection 1, when it closed
	stats  Stats
	advice map[string]Advice
	limits AssemblerOptions
	noIDs  bool
}

func runTalks(t *testing.T, cases []talkCase) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			for _, isn := range talkISNs {
				k := newTalk(tt.limits, isn)
				k.advice, k.noIDs = tt.advice, tt.noIDs
				k.play(t, tt.in)
				k.a.Close()
				check(t, k, tt)
			}
		})
	}
}

func check(t *testing.T, k *talk, tt talkCase) {
	t.Helper()
	var want []string
	for line := range strings.Lines(tt.want) {
		if line = strings.TrimSpace(line); line != "" {
			want = append(want, line)
		}
	}
	if !slices.Equal(k.log, want) {
		t.Errorf("isn %x: told\n\t%s\nwant\n\t%s", k.isn, strings.Join(k.log, "\n\t"), strings.Join(want, "\n\t"))
	}
	got, wanted := strings.Fields(k.conns[1]), strings.Fields(tt.facts)
	slices.Sort(got)
	slices.Sort(wanted)
	if tt.facts != "" && !slices.Equal(got, wanted) {
		t.Errorf("isn %x: facts %q, want %q", k.isn, got, wanted)
	}
	s := k.a.Stats()
	s.NotDecoded, s.Connections = nil, tt.stats.Connections
	w := tt.stats
	if !reflect.DeepEqual(s, w) {
		t.Errorf("isn %x: stats\n\t%+v\nwant\n\t%+v", k.isn, s, w)
	}
	if k.a.held != 0 || len(k.a.freeBacklog) != len(k.a.backlogs)-1 {
		t.Errorf("isn %x: %d bytes held after the end, %d of %d backlogs free", k.isn, k.a.held, len(k.a.freeBacklog), len(k.a.backlogs)-1)
	}
}

func TestConnectionStart(t *testing.T) {
	runTalks(t, []talkCase{
		{
			name:  "from the SYN",
			in:    handshake + "> 0 - ack=0\n> 0 abc\n< 0 xyz ack=3\n> 3 - fin ack=3\n< 3 - fin ack=4",
			want:  "> abc #4\n < xyz #5\n > fin #6\n < fin #7\n finished #7",
			facts: ">started <started >opened 1ms",
		},
		{
			name:  "from the SYN, the server speaks first",
			in:    handshake + "< 0 xyz\n> 0 abc",
			want:  "< xyz #3\n > abc #4\n end of capture #4",
			facts: ">started <started >opened 1ms",
		},
		{
			name:  "opened by the other endpoint",
			in:    "< syn\n wait 3ms\n > syn ack\n < 0 abc",
			want:  "< abc #3\n end of capture #3",
			facts: "<started <opened 4ms",
		},
		{
			name:  "SYN/ACK only",
			in:    "< syn ack\n > 0 abc\n < 0 xyz",
			want:  "> abc #2 lost=-1\n < xyz #3\n end of capture #3",
			facts: "<started >opened",
		},
		{
			name:  "in the middle",
			in:    "> 5000 abc ack=700\n < 700 xyz ack=5003",
			want:  "> abc #1 lost=-1\n < xyz #2 lost=-1\n end of capture #2",
			facts: "",
		},
		{
			name:  "first segments in the wrong order",
			in:    handshake + "> 3 def\n > 0 abc\n < 3 uvw\n < 0 xyz",
			want:  "> abc #4\n > def #4\n < xyz #6\n < uvw #6\n end of capture #6",
			facts: ">started <started >opened 1ms",
			stats: Stats{Reordered: 2},
		},
		{
			name:  "first segment lost",
			in:    handshake + "> 3 def\n < 0 xyz ack=6",
			want:  "> def #3 lost=3\n < xyz #4\n end of capture #4",
			facts: ">lost <started >opened 1ms",
			stats: Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "SYN of an earlier connection, far away",
			in:    handshake + "> 90000000 abc ack=80000000",
			want:  "> abc #3 lost=-1\n end of capture #3",
			facts: "",
		},
		{
			name:  "SYN with payload",
			in:    "> syn\n < syn ack\n > 3 def",
			want:  "> def #3 lost=3\n end of capture #3",
			stats: Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name: "SYNs, FINs, RSTs and acknowledgements alone",
			in:   handshake + "> 0 -\n > 0 - fin\n < 0 - fin\n > 1 - rst\n > 0 - rst",
		},
		{
			name:  "marks of the capturing machine",
			in:    "> 0 abc out\n < 0 xyz in",
			want:  "> abc #1 lost=-1\n < xyz #2 lost=-1\n end of capture #2",
			facts: ">out <in",
		},
	})
}

func TestOrder(t *testing.T) {
	runTalks(t, []talkCase{
		{
			name:  "overtaken",
			in:    handshake + "> 0 abc\n > 6 ghi\n > 9 jkl\n > 3 def\n > 12 mno",
			want:  "> abc #3\n > def #6\n > ghi #6\n > jkl #6\n > mno #7\n end of capture #7",
			stats: Stats{Reordered: 2},
		},
		{
			name:  "sent again",
			in:    handshake + "> 0 abc\n > 0 abc\n > 3 def",
			want:  "> abc #3\n > def #5\n end of capture #5",
			stats: Stats{Retransmits: 1},
		},
		{
			name: "sent again with more",
			in:   handshake + "> 0 abc\n > 0 abcdef\n > 3 defghi",
			want: "> abc #3\n > def #4\n > ghi #5\n end of capture #5",
		},
		{
			name:  "captured twice",
			in:    handshake + "> 0 abc id=7\n > 0 abc id=7\n > 3 def id=8\n > 3 def id=8",
			want:  "> abc #3\n > def #5\n end of capture #6",
			stats: Stats{Duplicates: 2},
		},
		{
			name:  "captured twice, the copies behind",
			in:    handshake + "> 0 abc id=7\n > 3 def id=8\n > 0 abc id=7\n > 3 def id=8",
			want:  "> abc #3\n > def #4\n end of capture #6",
			stats: Stats{Duplicates: 2},
		},
		{
			name:  "captured twice without identification",
			in:    handshake + "> 0 abc\n > 0 abc\n wait 200ms\n > 0 abc",
			want:  "> abc #3\n end of capture #5",
			stats: Stats{Duplicates: 1, Retransmits: 1},
			noIDs: true,
		},
		{
			name:  "captured twice while it waits",
			in:    handshake + "> 3 def id=7\n > 3 def id=7\n > 0 abc id=6",
			want:  "> abc #5\n > def #5\n end of capture #5",
			stats: Stats{Duplicates: 1, Reordered: 1},
		},
		{
			name:  "overlap of what waits, the first is kept",
			in:    handshake + "> 3 def\n > 0 abcXXXghi\n",
			want:  "> abc #4\n > def #4\n > ghi #4\n end of capture #4",
			facts: ">started conflict >opened 1ms",
			stats: Stats{Reordered: 1, Conflicts: 1},
		},
		{
			name:  "overlap of what waits, the same bytes",
			in:    handshake + "> 3 def\n > 9 jkl\n > 4 efghijklm\n > 0 abc",
			want:  "> abc #6\n > def #6\n > ghi #6\n > jkl #6\n > m #6\n end of capture #6",
			facts: ">started >opened 1ms",
			stats: Stats{Reordered: 4},
		},
		{
			name: "keep-alive and zero-window probes",
			in:   handshake + "> 0 abc\n > 2 c\n > 2 -\n > 3 d\n > 3 d\n > 3 def",
			want: "> abc #3\n > d #6\n > ef #8\n end of capture #8",
		},
		{
			name:  "keep-alive before the first byte",
			in:    handshake + "< 0 xyz\n > -1 -\n > 0 abc",
			want:  "< xyz #3\n > abc #5\n end of capture #5",
			facts: ">started <started >opened 1ms",
		},
		{
			name:  "data after FIN",
			in:    handshake + "> 0 abc fin\n > 3 def\n > 4 def\n > 0 abc fin\n < 0 xyz",
			want:  "> abc #3\n > fin #3\n < xyz #7\n end of capture #7",
			stats: Stats{},
		},
	})
}

func TestGap(t *testing.T) {
	runTalks(t, []talkCase{
		{
			name:  "acknowledged, 8 packets later",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 - ack=9" + strings.Repeat("\n < 0 - ack=9", 7) + "\n < 0 - ack=9\n > 9 jkl",
			want:  "> abc #3\n > ghi #4 lost=3\n > jkl #14\n end of capture #14",
			facts: ">started >lost >opened 1ms",
			stats: Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "acknowledged, 50 ms and 4 packets later",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 - ack=9\n wait 60ms" + strings.Repeat("\n < 0 - ack=9", 4) + "\n > 9 jkl",
			want:  "> abc #3\n > ghi #4 lost=3\n > jkl #10\n end of capture #10",
			stats: Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "acknowledged, then silence",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 - ack=9\n wait 3s\n > 9 jkl",
			want:  "> abc #3\n > ghi #4 lost=3\n > jkl #6\n end of capture #6",
			stats: Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "acknowledgement captured before the bytes",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 - ack=9\n wait 9ms\n > 3 def",
			want:  "> abc #3\n > def #6\n > ghi #6\n end of capture #6",
			stats: Stats{Reordered: 1},
		},
		{
			name:  "what is not acknowledged may still come",
			in:    handshake + "> 0 abc\n > 9 jkl\n < 0 - ack=6\n wait 3s\n > 12 mno\n > 6 ghi",
			want:  "> abc #3\n > ghi #7 lost=3\n > jkl #7\n > mno #7\n end of capture #7",
			stats: Stats{Gaps: 1, LostBytes: 3, Reordered: 2},
		},
		{
			name:  "answered before it was captured",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 uvw ack=9\n < 3 xyz ack=9 fin\n < 0 uvw ack=9\n > 3 def ack=0\n > 9 jkl ack=6",
			want:  "> abc #3\n > def #8\n > ghi #8\n < uvw #5\n < xyz #6\n < fin #8\n > jkl #9\n end of capture #9",
			stats: Stats{Reordered: 1, Retransmits: 1},
		},
		{
			name:  "answered, then silence",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 uvw ack=9\n wait 3s\n < 3 xyz ack=9",
			want:  "> abc #3\n > ghi #4 lost=3\n < uvw #5\n < xyz #6\n end of capture #6",
			stats: Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "two holes answered, one filled",
			in:    handshake + "> 0 abc\n > 6 ghi\n > 12 mno\n < 0 xyz ack=15\n > 3 def\n wait 3s\n > 15 - ack=3",
			want:  "> abc #3\n > def #7\n > ghi #7\n > mno #5 lost=3\n < xyz #6\n end of capture #8",
			stats: Stats{Gaps: 1, LostBytes: 3, Reordered: 1},
		},
		{
			name:  "holes that answer each other",
			in:    handshake + "> 0 abc\n < 0 xyz\n > 6 ghi ack=9\n < 6 uvw ack=9\n wait 3s\n > 9 - ack=3",
			want:  "> abc #3\n < xyz #4\n > ghi #5 lost=3\n < uvw #6 lost=3\n end of capture #7",
			stats: Stats{Gaps: 2, LostBytes: 6},
		},
		{
			name:  "answered, and no more",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 xyz ack=9",
			want:  "> abc #3\n > ghi #4 lost=3\n < xyz #5\n end of capture #5",
			stats: Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "never acknowledged, 10 s",
			in:    handshake + "> 0 abc\n > 6 ghi\n wait 9s\n < 0 - ack=3\n wait 2s\n < 0 - ack=3\n > 9 jkl",
			want:  "> abc #3\n > ghi #4 lost=3\n > jkl #7\n end of capture #7",
			stats: Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "10 s, seen by a packet of another connection",
			in:    handshake + "> 0 abc\n > 6 ghi\n wait 11s\n < 0 - port=2\n < 0 - port=2",
			want:  "> abc #3\n > ghi #4 lost=3\n end of capture #6",
			stats: Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "own stamps when given up, later ones after",
			in:    handshake + "> 0 abc\n > 9 jkl\n > 6 ghi\n > 12 mno\n",
			want:  "> abc #3\n > ghi #5 lost=3\n > jkl #5\n > mno #6\n end of capture #6",
			stats: Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "both directions, in the order of the frames",
			in:    handshake + "> 0 abc\n < 6 uvw\n > 6 ghi\n < 0 - rst",
			want:  "> abc #3\n < uvw #4 lost=6\n > ghi #5 lost=3\n reset #6",
			stats: Stats{Gaps: 2, LostBytes: 9},
		},
		{
			name:  "limit of a connection",
			in:    handshake + "> 0 abc\n > 6 ghi\n > 12 mno\n > 9 jkl",
			want:  "> abc #3\n > ghi #4 lost=3\n > jkl #6\n > mno #6\n end of capture #6",
			stats: Stats{Gaps: 1, LostBytes: 3, DroppedBytes: 3, Reordered: 1},

			limits: AssemblerOptions{ReorderedPerConn: 2 * pieceCost},
		},
		{
			name:   "limit of all",
			in:     handshake + "> 0 abc\n > 6 ghi\n > 12 mno",
			want:   "> abc #3\n > ghi #4 lost=3\n > mno #5 lost=3\n end of capture #5",
			stats:  Stats{Gaps: 2, LostBytes: 6, DroppedBytes: 6},
			limits: AssemblerOptions{Reordered: 1},
		},
		{
			name:  "far outside of any window",
			in:    handshake + "> 0 abc\n > 1500000000 zzz\n > 3 def",
			want:  "> abc #3\n > def #5\n end of capture #5",
			stats: Stats{Retransmits: 1},
		},
		{
			name:  "cut by the capture",
			in:    handshake + "> 0 abc cut=7\n > 10 def cut=5\n > 18 - cut=5\n > 23 ghi\n > 0 abc cut=7",
			want:  "> abc #3\n > def #4 lost=7\n > ghi #6 lost=10\n end of capture #7",
			facts: ">started >lost >opened 1ms",
			stats: Stats{Gaps: 2, LostBytes: 17, Retransmits: 1},
		},
		{
			name:  "cut and overtaken",
			in:    handshake + "> 10 def cut=5\n > 0 abc cut=7\n > 18 ghi",
			want:  "> abc #4\n > def #4 lost=7\n > ghi #5 lost=5\n end of capture #5",
			stats: Stats{Gaps: 2, LostBytes: 12, Reordered: 1},
		},
		{
			name:  "nothing kept by the capture",
			in:    handshake + "> 0 - cut=100\n < 0 - cut=9 ack=100",
			stats: Stats{Gaps: 2, LostBytes: 109},
		},
	})
}
