package tcp

import (
	"strings"
	"testing"

	"ntlmtrace/capture"
)

func TestGap(t *testing.T) {
	runTalks(t, []talkCase{
		{
			name:  "acknowledged, 8 packets later",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 - ack=9" + strings.Repeat("\n < 0 - ack=9", 7) + "\n < 0 - ack=9\n > 9 jkl",
			want:  "> abc #3\n > ghi #4 lost=3\n > jkl #14\n end of capture #14",
			facts: ">started >lost >opened 1ms",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "acknowledged, 50 ms and 4 packets later",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 - ack=9\n wait 60ms" + strings.Repeat("\n < 0 - ack=9", 4) + "\n > 9 jkl",
			want:  "> abc #3\n > ghi #4 lost=3\n > jkl #10\n end of capture #10",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "acknowledged, then silence",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 - ack=9\n wait 3s\n > 9 jkl",
			want:  "> abc #3\n > ghi #4 lost=3\n > jkl #6\n end of capture #6",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "acknowledgement captured before the bytes",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 - ack=9\n wait 9ms\n > 3 def",
			want:  "> abc #3\n > def #6\n > ghi #6\n end of capture #6",
			stats: capture.Stats{Reordered: 1},
		},
		{
			name:  "what is not acknowledged may still come",
			in:    handshake + "> 0 abc\n > 9 jkl\n < 0 - ack=6\n wait 3s\n > 12 mno\n > 6 ghi",
			want:  "> abc #3\n > ghi #7 lost=3\n > jkl #7\n > mno #7\n end of capture #7",
			stats: capture.Stats{Gaps: 1, LostBytes: 3, Reordered: 2},
		},
		{
			name:  "answered before it was captured",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 uvw ack=9\n < 3 xyz ack=9 fin\n < 0 uvw ack=9\n > 3 def ack=0\n > 9 jkl ack=6",
			want:  "> abc #3\n > def #8\n > ghi #8\n < uvw #5\n < xyz #6\n < fin #8\n > jkl #9\n end of capture #9",
			stats: capture.Stats{Reordered: 1, Retransmits: 1},
		},
		{
			name:  "answered, then silence",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 uvw ack=9\n wait 3s\n < 3 xyz ack=9",
			want:  "> abc #3\n > ghi #4 lost=3\n < uvw #5\n < xyz #6\n end of capture #6",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "two holes answered, one filled",
			in:    handshake + "> 0 abc\n > 6 ghi\n > 12 mno\n < 0 xyz ack=15\n > 3 def\n wait 3s\n > 15 - ack=3",
			want:  "> abc #3\n > def #7\n > ghi #7\n > mno #5 lost=3\n < xyz #6\n end of capture #8",
			stats: capture.Stats{Gaps: 1, LostBytes: 3, Reordered: 1},
		},
		{
			name:  "holes that answer each other",
			in:    handshake + "> 0 abc\n < 0 xyz\n > 6 ghi ack=9\n < 6 uvw ack=9\n wait 3s\n > 9 - ack=3",
			want:  "> abc #3\n < xyz #4\n > ghi #5 lost=3\n < uvw #6 lost=3\n end of capture #7",
			stats: capture.Stats{Gaps: 2, LostBytes: 6},
		},
		{
			name:  "answered, and no more",
			in:    handshake + "> 0 abc\n > 6 ghi\n < 0 xyz ack=9",
			want:  "> abc #3\n > ghi #4 lost=3\n < xyz #5\n end of capture #5",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "never acknowledged, 10 s",
			in:    handshake + "> 0 abc\n > 6 ghi\n wait 9s\n < 0 - ack=3\n wait 2s\n < 0 - ack=3\n > 9 jkl",
			want:  "> abc #3\n > ghi #4 lost=3\n > jkl #7\n end of capture #7",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "10 s, seen by a packet of another connection",
			in:    handshake + "> 0 abc\n > 6 ghi\n wait 11s\n < 0 - port=2\n < 0 - port=2",
			want:  "> abc #3\n > ghi #4 lost=3\n end of capture #6",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "own stamps when given up, later ones after",
			in:    handshake + "> 0 abc\n > 9 jkl\n > 6 ghi\n > 12 mno\n",
			want:  "> abc #3\n > ghi #5 lost=3\n > jkl #5\n > mno #6\n end of capture #6",
			stats: capture.Stats{Gaps: 1, LostBytes: 3},
		},
		{
			name:  "both directions, in the order of the frames",
			in:    handshake + "> 0 abc\n < 6 uvw\n > 6 ghi\n < 0 - rst",
			want:  "> abc #3\n < uvw #4 lost=6\n > ghi #5 lost=3\n reset #6",
			stats: capture.Stats{Gaps: 2, LostBytes: 9},
		},
		{
			name:  "limit of a connection",
			in:    handshake + "> 0 abc\n > 6 ghi\n > 12 mno\n > 9 jkl",
			want:  "> abc #3\n > ghi #4 lost=3\n > jkl #6\n > mno #6\n end of capture #6",
			stats: capture.Stats{Gaps: 1, LostBytes: 3, DroppedBytes: 3, Reordered: 1},

			limits: AssemblerOptions{ReorderedPerConn: 2 * pieceCost},
		},
		{
			name:   "limit of all",
			in:     handshake + "> 0 abc\n > 6 ghi\n > 12 mno",
			want:   "> abc #3\n > ghi #4 lost=3\n > mno #5 lost=3\n end of capture #5",
			stats:  capture.Stats{Gaps: 2, LostBytes: 6, DroppedBytes: 6},
			limits: AssemblerOptions{Reordered: 1},
		},
		{
			name:  "far outside of any window",
			in:    handshake + "> 0 abc\n > 1500000000 zzz\n > 3 def",
			want:  "> abc #3\n > def #5\n end of capture #5",
			stats: capture.Stats{Retransmits: 1},
		},
		{
			name:  "cut by the capture",
			in:    handshake + "> 0 abc cut=7\n > 10 def cut=5\n > 18 - cut=5\n > 23 ghi\n > 0 abc cut=7",
			want:  "> abc #3\n > def #4 lost=7\n > ghi #6 lost=10\n end of capture #7",
			facts: ">started >lost >opened 1ms",
			stats: capture.Stats{Gaps: 2, LostBytes: 17, Retransmits: 1},
		},
		{
			name:  "cut and overtaken",
			in:    handshake + "> 10 def cut=5\n > 0 abc cut=7\n > 18 ghi",
			want:  "> abc #4\n > def #4 lost=7\n > ghi #5 lost=5\n end of capture #5",
			stats: capture.Stats{Gaps: 2, LostBytes: 12, Reordered: 1},
		},
		{
			name:  "nothing kept by the capture",
			in:    handshake + "> 0 - cut=100\n < 0 - cut=9 ack=100",
			stats: capture.Stats{Gaps: 2, LostBytes: 109},
		},
	})
}
