package live

import (
	"testing"
	"time"
)

// handClock is a clock that a test sets.
type handClock struct{ now Instant }

func (c *handClock) pass(d time.Duration) {
	c.now.Wall += int64(d)
	c.now.Running += d
}

func (c *handClock) read() Instant { return c.now }

// TestLiveClock holds how capture time goes on when the clock is set.
func TestLiveClock(t *testing.T) {
	s := int64(time.Second)
	var clock handClock
	clock.now.Wall = 1000 * s
	c := newCaptureClock(clock.read)
	if got := c.idle(); got != 0 {
		t.Errorf("before the first packet it is %d", got)
	}
	look := func(want time.Duration) {
		t.Helper()
		if got := c.check(); got != want {
			t.Errorf("set back by %s, want %s", got, want)
		}
	}
	packet := func(at, want int64) {
		t.Helper()
		if got := c.packet(at * s); got != want*s {
			t.Errorf("a packet of second %d is at %d s, want %d", at, got/s, want)
		}
	}
	pass := func(d time.Duration) {
		clock.pass(d)
		look(0)
	}
	packet(1000, 1000)
	pass(3 * time.Second)
	if got := c.idle(); got != 1003*s {
		t.Errorf("three seconds later it is %d s", got/s)
	}
	packet(1003, 1003)
	clock.now.Wall -= 100 * s
	look(100 * time.Second)
	packet(903, 1003)
	packet(1003, 1003) // stamped before, given after
	pass(2 * time.Second)
	packet(905, 1005)
	clock.now.Wall -= 10 * s
	look(10 * time.Second)
	packet(895, 1005)
	clock.now.Wall += 60 * s // set right again, in part
	look(0)
	packet(955, 1005)
	clock.now.Wall += 3600 * s // capture time follows the clock from here on
	look(0)
	packet(4555, 4555)
	pass(time.Minute)
	clock.now.Wall += s / 2 // NTP
	look(0)
	packet(4615, 4615)
}
