package live

import "time"

// Instant is a time of the clock of the machine.
type Instant struct {
	Wall    int64         // nanoseconds since 1970; somebody may set it
	Running time.Duration // since some moment; nobody can set it
}

// MachineClock reads the clock of this machine.
func MachineClock() func() Instant {
	began := time.Now()
	return func() Instant {
		now := time.Now()
		return Instant{now.UnixNano(), now.Sub(began)}
	}
}

// clockStep is the least by which the wall clock must have moved against the
// running one to have been set. Less is the slow correction of NTP, or chance.
const clockStep = time.Second

// captureClock turns the times of packets, which are those of the wall clock,
// into capture time, which never goes back: the analysis waits for it. When the
// clock is set back, capture time goes on from where it was, and stays ahead.
type captureClock struct {
	read func() Instant
	last Instant // as last read

	stamp int64 // of the packet for which it was last due

	ahead  int64 // how far capture time is ahead of the wall clock, nanoseconds
	before int64 // the same before the clock was set the last time

	latest int64         // capture time as of a packet, or of the last call of idle
	since  time.Duration // when that was, by the running clock
}

func newCaptureClock(read func() Instant) *captureClock {
	return &captureClock{read: read, last: read()}
}

// check reads the clock. It returns by how much that was set back since the
// last time, if it was.
func (c *captureClock) check() (setBack time.Duration) {
	now := c.read()
	step := time.Duration(now.Wall-c.last.Wall) - (now.Running - c.last.Running)
	c.last = now
	switch {
	case step <= -clockStep:
		c.before = c.ahead
		c.ahead -= int64(step)
		return -step
	case step >= clockStep && c.ahead > 0:
		c.before = c.ahead
		c.ahead -= min(c.ahead, int64(step))
	}
	return 0
}

// due reports whether the clock is to be read again as a packet is stamped at
// t: reading it for each would cost as much as decoding it.
func (c *captureClock) due(t int64) bool {
	const every = int64(50 * time.Millisecond)
	if d := t - c.stamp; d < every && d > -every {
		return false
	}
	c.stamp = t
	return true
}

// packet returns the capture time of a packet that was stamped at t. After the
// clock was set back, some packets come that were stamped before.
func (c *captureClock) packet(t int64) int64 {
	at := t + c.ahead
	if c.before != c.ahead && t > c.last.Wall+int64(clockStep) {
		at = t + c.before
	}
	if at > c.latest {
		c.latest, c.since = at, c.last.Running
	}
	return at
}

// idle returns the capture time when no packet comes: it goes on as time
// passes. It is 0 before the first packet.
func (c *captureClock) idle() int64 {
	if c.latest != 0 {
		c.latest += int64(c.last.Running - c.since)
		c.since = c.last.Running
	}
	return c.latest
}
