package tcp

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/capture"
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
	want   string // the calls of the consumer
	facts  string // of connection 1, when it closed
	stats  capture.Stats
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
		t.Errorf("isn %x: got\n\t%s\nwant\n\t%s", k.isn, strings.Join(k.log, "\n\t"), strings.Join(want, "\n\t"))
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
			stats: capture.Stats{Reordered: 2},
		},
		{
			name:  "first segment lost",
			in:    handshake + "> 3 def\n < 0 xyz ack=6",
			want:  "> def #3 lost=3\n < xyz #4\n end of capture #4",
			facts: ">lost <started >opened 1ms",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
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
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
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
			stats: capture.Stats{Reordered: 2},
		},
		{
			name:  "sent again",
			in:    handshake + "> 0 abc\n > 0 abc\n > 3 def",
			want:  "> abc #3\n > def #5\n end of capture #5",
			stats: capture.Stats{Retransmits: 1},
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
			stats: capture.Stats{Duplicates: 2},
		},
		{
			name:  "captured twice, the copies behind",
			in:    handshake + "> 0 abc id=7\n > 3 def id=8\n > 0 abc id=7\n > 3 def id=8",
			want:  "> abc #3\n > def #4\n end of capture #6",
			stats: capture.Stats{Duplicates: 2},
		},
		{
			name:  "captured twice without identification",
			in:    handshake + "> 0 abc\n > 0 abc\n wait 200ms\n > 0 abc",
			want:  "> abc #3\n end of capture #5",
			stats: capture.Stats{Duplicates: 1, Retransmits: 1},
			noIDs: true,
		},
		{
			name:  "captured twice while it waits",
			in:    handshake + "> 3 def id=7\n > 3 def id=7\n > 0 abc id=6",
			want:  "> abc #5\n > def #5\n end of capture #5",
			stats: capture.Stats{Duplicates: 1, Reordered: 1},
		},
		{
			name:  "overlap of what waits, the first is kept",
			in:    handshake + "> 3 def\n > 0 abcDEFghi\n",
			want:  "> abc #4\n > def #4\n > ghi #4\n end of capture #4",
			facts: ">started conflict >opened 1ms",
			stats: capture.Stats{Reordered: 1, Conflicts: 1},
		},
		{
			name:  "overlap of what waits, the same bytes",
			in:    handshake + "> 3 def\n > 9 jkl\n > 4 efghijklm\n > 0 abc",
			want:  "> abc #6\n > def #6\n > ghi #6\n > jkl #6\n > m #6\n end of capture #6",
			facts: ">started >opened 1ms",
			stats: capture.Stats{Reordered: 4},
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
			stats: capture.Stats{},
		},
	})
}
