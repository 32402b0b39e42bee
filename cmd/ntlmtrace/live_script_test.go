package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/cmd/ntlmtrace/internal/live"

	capturelive "ntlmtrace/capture/live"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
)

// scriptClock is a clock that passes only as a script says.
type scriptClock struct{ now live.Instant }

func (c *scriptClock) pass(d time.Duration) {
	c.now.Wall += int64(d)
	c.now.Running += d
}

func (c *scriptClock) read() live.Instant { return c.now }

// scriptStep is what a scripted source does when the next packet is asked for.
// It gives a packet, or else an error; neither: the next step follows at once.
type scriptStep func(s *script) (*capture.Packet, error)

// script is a packetSource that does what it is told, without an interface and
// without waiting. At its end it does what Ctrl-C does.
type script struct {
	steps  []scriptStep
	clock  scriptClock
	stats  capturelive.Stats
	notes  []string
	link   capture.LinkType
	stop   context.CancelFunc
	closed bool
	events *[]string // what happened in which order; may be nil
}

// Next implements packetSource.
func (s *script) Next(p *capture.Packet, wait time.Duration) error {
	if s.events != nil && len(*s.events) > 0 && (*s.events)[len(*s.events)-1] != "read" {
		*s.events = append(*s.events, "read")
	}
	for len(s.steps) > 0 {
		step := s.steps[0]
		s.steps = s.steps[1:]
		next, err := step(s)
		if next != nil {
			*p = *next
			s.stats.Received++
		}
		if next != nil || err != nil {
			if errors.Is(err, capturelive.ErrTimeout) {
				s.clock.pass(wait)
			}
			return err
		}
	}
	s.stop()
	s.clock.pass(wait)
	return capturelive.ErrTimeout
}

// Interfaces implements packetSource.
func (s *script) Interfaces() []capturelive.Interface {
	return []capturelive.Interface{{Name: "eth0", Link: s.link}}
}

// Stats implements packetSource.
func (s *script) Stats() capturelive.Stats { return s.stats }

// Notes implements packetSource.
func (s *script) Notes() []string {
	notes := s.notes
	s.notes = nil
	return notes
}

// Close implements packetSource.
func (s *script) Close() error {
	s.closed = true
	return nil
}

// packets gives packets at the times at which they were captured, and says that
// none came while there was none.
func packets(list ...capture.Packet) []scriptStep {
	var steps []scriptStep
	for i, p := range list {
		if i > 0 {
			steps = append(steps, quiet(time.Duration(p.Time-list[i-1].Time)-live.Wait)...)
		}
		steps = append(steps, func(s *script) (*capture.Packet, error) {
			if p.Time > s.clock.now.Wall {
				s.clock.pass(time.Duration(p.Time - s.clock.now.Wall))
			}
			return &p, nil
		})
	}
	return steps
}

// late gives a packet whose time is not that of the clock.
func late(p capture.Packet) []scriptStep {
	return []scriptStep{func(*script) (*capture.Packet, error) { return &p, nil }}
}

// quiet lets d pass without a packet.
func quiet(d time.Duration) []scriptStep {
	var steps []scriptStep
	for ; d > 0; d -= live.Wait {
		steps = append(steps, func(*script) (*capture.Packet, error) { return nil, capturelive.ErrTimeout })
	}
	return steps
}

// then does something between two packets.
func then(f func(s *script)) []scriptStep {
	return []scriptStep{func(s *script) (*capture.Packet, error) {
		f(s)
		return nil, nil
	}}
}

// fails ends the reading.
func fails(err error) []scriptStep {
	return []scriptStep{func(*script) (*capture.Packet, error) { return nil, err }}
}

// liveRunOf is a run of ntlmtrace live over a script.
type liveRunOf struct {
	script         script
	stdout, stderr bytes.Buffer
	to             io.Writer // instead of stdout, unless it is nil
	told           []told
	machine        liveMachine
	status         int
}

// told is a text on standard output, and what the clock said then.
type told struct {
	wall int64
	text string
}

// saidAt gives the time at which text was first printed, and whether it was.
func (r *liveRunOf) saidAt(text string) (wall int64, ok bool) {
	for _, t := range r.told {
		if strings.Contains(t.text, text) {
			return t.wall, true
		}
	}
	return 0, false
}

// newLiveRunOf prepares a run. What it prints to can be changed in start.
func newLiveRunOf(steps ...[]scriptStep) *liveRunOf {
	r := &liveRunOf{script: script{link: capture.LinkEthernet}}
	r.script.clock.now.Wall = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC).UnixNano() // when samples begin
	for _, s := range steps {
		r.script.steps = append(r.script.steps, s...)
	}
	r.machine = liveMachine{
		open:       func(live.SourceOptions) (live.Source, error) { return &r.script, nil },
		dropRights: func(string) (string, error) { return "", nil },
		clock:      func() func() live.Instant { return r.script.clock.read },
	}
	return r
}

// start runs the command with "-i eth0" and args, until the script has ended.
func (r *liveRunOf) start(t *testing.T, args ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r.script.stop = stop
	n := notes.To(&r.stderr)
	c := newLive(n, r.machine)
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(append([]string{"-i", "eth0"}, args...))
	c.SetOut(io.Writer(&timedWriter{r}))
	if r.to != nil {
		c.SetOut(r.to)
	}
	c.SetErr(&r.stderr)
	err := c.ExecuteContext(ctx)
	reportError(n, "ntlmtrace live", err)
	r.status = exitStatus(err)
}

// liveOf runs a script and wants an exit status.
func liveOf(t *testing.T, status int, args []string, steps ...[]scriptStep) *liveRunOf {
	t.Helper()
	r := newLiveRunOf(steps...)
	r.start(t, args...)
	if r.status != status {
		t.Errorf("exit status %d, want %d: %s", r.status, status, &r.stderr)
	}
	if !r.script.closed {
		t.Error("the source is still open")
	}
	return r
}

// timedWriter is standard output.
type timedWriter struct{ run *liveRunOf }

func (w *timedWriter) Write(p []byte) (int, error) {
	w.run.told = append(w.run.told, told{w.run.script.clock.now.Wall, string(p)})
	return w.run.stdout.Write(p)
}
