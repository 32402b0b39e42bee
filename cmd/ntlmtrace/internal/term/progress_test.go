package term

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestProgress runs a clock by hand: nothing is shown in the first second or
// without a terminal, then a bar, and nothing is left of it at the end.
func TestProgress(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := &Progress{w: &out, now: func() time.Time { return now }}
	p.Begin(100 << 20)
	step := func(d time.Duration, done int64) {
		now = now.Add(d)
		p.Update(done)
	}
	step(999*time.Millisecond, 50<<20)
	if out.Len() > 0 {
		t.Fatalf("shown in the first second: %q", &out)
	}
	step(time.Millisecond, 50<<20+1)
	if out.Len() > 0 {
		t.Fatalf("the clock was looked at for one byte more: %q", &out)
	}
	step(time.Second, 60<<20)
	if !strings.Contains(out.String(), "60%") {
		t.Errorf("got %q", &out)
	}
	p.End()
	if p.bar != nil {
		t.Error("the bar is still there")
	}
}

func TestNoProgressInAPipe(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out)
	p.Begin(1 << 30)
	p.now = func() time.Time { return p.start.Add(time.Hour) }
	p.Update(1 << 29)
	p.End()
	if out.Len() > 0 {
		t.Errorf("got %q", &out)
	}
}
