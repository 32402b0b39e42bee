package tcp

import (
	"testing"

	"ntlmtrace/capture"
)

func TestSkip(t *testing.T) {
	skip := map[string]Advice{"head": Skip(9)}
	runTalks(t, []talkCase{
		{
			name:   "in order",
			in:     handshake + "> 0 head\n > 4 bod\n > 7 bod\n > 10 bod\n > 13 next",
			want:   "> head #3\n > skipped #6\n > next #7\n end of capture #7",
			advice: skip,
		},
		{
			name:   "in the same segment",
			in:     handshake + "> 0 head\n > 4 bodbodbodnext",
			want:   "> head #3\n > next #4\n end of capture #4",
			advice: skip,
		},
		{
			name:   "overtaken, repeated and lost are no matter",
			in:     handshake + "> 0 head\n > 10 bodnext\n > 7 bod\n > 7 bod",
			want:   "> head #3\n > next #4\n end of capture #6",
			facts:  ">started >opened 1ms",
			stats:  capture.Stats{Retransmits: 2},
			advice: skip,
		},
		{
			name:   "overtaken inside",
			in:     handshake + "> 0 head id=1\n > 7 bod id=3\n > 7 bod id=3\n > 4 bod id=2\n > 4 bod id=2",
			want:   "> head #3\n end of capture #7",
			stats:  capture.Stats{Duplicates: 3},
			advice: skip,
		},
		{
			name:   "overtaken inside, without copies",
			in:     handshake + "> 0 head id=1\n > 7 bod id=3\n > 4 bod id=2",
			want:   "> head #3\n end of capture #5",
			stats:  capture.Stats{Reordered: 1},
			advice: skip,
		},
		{
			name:   "over what waits",
			in:     handshake + "> 10 bodnext\n > 4 bod\n > 20 more\n > 0 head\n > 17 end",
			want:   "> head #6\n > next #6\n > end #7\n > more #7\n end of capture #7",
			stats:  capture.Stats{Reordered: 3},
			advice: skip,
		},
		{
			name:   "over what the capture cut",
			in:     handshake + "> 0 head cut=7\n > 11 bo\n > 13 head cut=12\n > 29 next",
			want:   "> head #3\n > skipped #4\n > head #5\n > skipped #5\n > next #6 lost=3\n end of capture #6",
			stats:  capture.Stats{Gaps: 1, LostBytes: 3},
			advice: skip,
		},
		{
			name:   "to the end of what the capture cut",
			in:     handshake + "> 0 head cut=9\n > 13 next",
			want:   "> head #3\n > skipped #3\n > next #4\n end of capture #4",
			advice: skip,
		},
		{
			name:   "to the end of what waits",
			in:     handshake + "> 4 bodbod\n > 10 bod\n > 0 head\n > 10 bod",
			want:   "> head #5\n > skipped #5\n end of capture #6",
			stats:  capture.Stats{Reordered: 2, Retransmits: 1},
			advice: skip,
		},
		{
			name:   "ended early",
			in:     handshake + "> 0 head\n > 4 bod fin\n < 0 xyz fin",
			want:   "> head #3\n > fin #4\n < xyz #5\n < fin #5\n finished #5",
			advice: skip,
		},
		{
			name:   "further than sequence numbers compare",
			in:     handshake + "> 0 head\n > 4 body",
			want:   "> head #3\n end of capture #4",
			advice: map[string]Advice{"head": 1 << 40},
		},
		{
			name:   "several steps",
			in:     handshake + "> 0 head\n > 1073741820 bodybody\n > 1073741828 next",
			want:   "> head #3\n > body #4\n > next #5\n end of capture #5",
			advice: map[string]Advice{"head": MaxSkip - 4},
		},
	})
}

func TestIgnore(t *testing.T) {
	runTalks(t, []talkCase{
		{
			name:   "nothing more",
			in:     handshake + "> 0 abc\n < 0 xyz\n > 3 def\n > 9 ghi\n > 6 - fin\n < 3 - fin\n > 3 def",
			want:   "> abc #3",
			advice: map[string]Advice{"abc": Ignore},
		},
		{
			name:   "with bytes that wait in both directions",
			in:     handshake + "< 3 uvw\n > 6 ghi\n > 3 def\n > 0 abc",
			want:   "> abc #6",
			stats:  capture.Stats{Reordered: 0},
			advice: map[string]Advice{"abc": Ignore},
		},
		{
			name:   "the ports are used again",
			in:     handshake + "> 0 abc\n < 0 xyz\n > syn isn=5000000\n > 0 def",
			want:   "> abc #3\n 2:> def #6\n 2:end of capture #6",
			advice: map[string]Advice{"abc": Ignore},
		},
		{
			name:   "a reset ends it",
			in:     handshake + "> 0 abc\n > 3 - rst\n > 3 def",
			want:   "> abc #3",
			advice: map[string]Advice{"abc": Ignore},
		},
		{
			name:   "one direction only was captured",
			in:     "> 0 abc\n > 3 def ack=100",
			want:   "> abc #1 lost=-1",
			stats:  capture.Stats{OneSided: 1},
			advice: map[string]Advice{"abc": Ignore},
		},
	})
}

func TestMute(t *testing.T) {
	runTalks(t, []talkCase{
		{
			name:   "the other direction goes on",
			in:     handshake + "> 0 abc\n < 0 xyz\n > 3 def\n > 9 jkl\n < 3 uvw\n > 12 - fin\n < 6 - fin",
			want:   "> abc #3\n < xyz #4\n < uvw #7\n > fin #8\n < fin #9\n finished #9",
			advice: map[string]Advice{"abc": Mute},
		},
		{
			name:   "with bytes and a FIN that wait",
			in:     handshake + "> 3 def fin\n > 0 abc\n < 0 xyz fin",
			want:   "> abc #4\n > fin #4\n < xyz #5\n < fin #5\n finished #5",
			advice: map[string]Advice{"abc": Mute},
		},
		{
			name:   "in both directions, the second by a FIN that waits",
			in:     handshake + "< 0 xyz fin\n > 3 def fin\n > 0 abc",
			want:   "< xyz #3\n < fin #3\n > abc #5\n > fin #5\n finished #5",
			advice: map[string]Advice{"abc": Mute, "xyz": Mute},
		},
		{
			name:   "a reset ends it",
			in:     handshake + "> 0 abc\n > 3 def\n > 6 - rst",
			want:   "> abc #3\n reset #5",
			advice: map[string]Advice{"abc": Mute},
		},
	})
}
