package tcp

import (
	"slices"
	"testing"
	"time"
)

// TestAdvance lets time pass without a packet: a hole that was acknowledged is
// given up, and an idle connection ends. Time that goes back does nothing.
func TestAdvance(t *testing.T) {
	k := newTalk(AssemblerOptions{Idle: time.Minute}, talkISNs[0])
	k.play(t, handshake+"> 0 abc\n > 6 ghi\n < 0 - ack=9")
	steps := []struct {
		after time.Duration
		want  []string
	}{
		{-time.Hour, []string{"> abc #3"}},
		{2 * time.Second, []string{"> abc #3"}},
		{3 * time.Second, []string{"> abc #3", "> ghi #4 lost=3"}},
		{time.Minute, []string{"> abc #3", "> ghi #4 lost=3"}},
		{time.Minute + time.Second, []string{"> abc #3", "> ghi #4 lost=3", "idle #5"}},
		{time.Hour, []string{"> abc #3", "> ghi #4 lost=3", "idle #5"}},
	}
	for _, s := range steps {
		k.a.Advance(k.now.Time + int64(s.after))
		if !slices.Equal(k.log, s.want) {
			t.Errorf("after %s: %q, want %q", s.after, k.log, s.want)
		}
	}
	k.play(t, "wait 1h\n > 9 jkl port=2000")
	if got := k.log[len(k.log)-1]; got != "2:> jkl #6 lost=-1" {
		t.Errorf("the next packet gives %q", got)
	}
	if s := k.a.Stats(); s.Gaps != 1 || s.Connections != 2 {
		t.Errorf("got %+v", s)
	}
}
