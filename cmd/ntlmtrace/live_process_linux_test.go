package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"ntlmtrace/capture/capturetest/nettest"
	"ntlmtrace/cmd/ntlmtrace/internal/outputtest"
)

// liveProcess is the program itself, capturing in a network of the test.
type liveProcess struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr outputtest.Text
	ended          chan error
}

// ntlmtraceCommand is the test binary as the program: see TestMain.
func ntlmtraceCommand(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Args = append([]string{"ntlmtrace"}, args...)
	return c
}

// startLive runs ntlmtrace live in n and waits until it captures.
func startLive(t *testing.T, n *nettest.Network, args ...string) *liveProcess {
	t.Helper()
	p := &liveProcess{t: t, cmd: ntlmtraceCommand(t, append([]string{"live"}, args...)...), ended: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	n.Start(p.cmd)
	go func() { p.ended <- p.cmd.Wait() }()
	p.stderr.Await(t, "ntlmtrace: reading ")
	return p
}

// stop sends SIGTERM and waits for the end, of which it gives the exit status.
func (p *liveProcess) stop() int {
	p.t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	return p.wait()
}

// wait waits until the program ends and gives its exit status.
func (p *liveProcess) wait() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(outputtest.Soon):
		p.cmd.Process.Signal(syscall.SIGQUIT)
		<-p.ended
		p.t.Fatalf("it did not end: %s", &p.stderr)
	}
	if strings.Contains(p.stderr.String(), "goroutine ") {
		p.t.Errorf("it crashed: %s", &p.stderr)
	}
	return p.cmd.ProcessState.ExitCode()
}

// cpu is how much processor time the program took, once it has ended.
func (p *liveProcess) cpu() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}
