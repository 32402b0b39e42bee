package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"ntlmtrace/capture/capturetest/nettest"
)

// rights are the lines of /proc/PID/status that say what a process may do.
var rights = regexp.MustCompile(`(?m)^(Uid|Gid|CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs):\t(.*)$`)

// TestLiveGivesUpRights looks at the program while it captures for who called
// sudo: nothing is left to it, and its files are that user's.
func TestLiveGivesUpRights(t *testing.T) {
	n := nettest.New(t)
	dir := openFolder(t)
	t.Setenv("SUDO_UID", "4242")
	t.Setenv("SUDO_GID", "4243")
	p := startLive(t, n, "-i", "lo", "--output", filepath.Join(dir, "out.txt"), "--write", filepath.Join(dir, "kept.pcapng"), "--write-files", "0")
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range rights.FindAllStringSubmatch(string(status), -1) {
		want := strings.Repeat("0", 16)
		switch m[1] {
		case "Uid":
			want = "4242\t4242\t4242\t4242"
		case "Gid":
			want = "4243\t4243\t4243\t4243"
		case "NoNewPrivs":
			want = "1"
		}
		if m[2] != want {
			t.Errorf("%s is %q, want %q", m[1], m[2], want)
		}
	}
	for _, name := range []string{"out.txt", "kept.pcapng"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if s := info.Sys().(*syscall.Stat_t); s.Uid != 4242 || info.Mode() != 0o600 {
			t.Errorf("%s is of user %d, mode %s", name, s.Uid, info.Mode())
		}
	}
	if status := p.stop(); status != exitDone {
		t.Errorf("exit status %d: %s", status, &p.stderr)
	}
}

// TestLiveCannotWrite names the reason when the files of a capture are not for
// the user that it becomes.
func TestLiveCannotWrite(t *testing.T) {
	n := nettest.New(t)
	dir := openFolder(t)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--output", "--write"} {
		p := &liveProcess{t: t, cmd: ntlmtraceCommand(t, "live", "-i", "lo", "--user", "4242", flag, filepath.Join(dir, "x")), ended: make(chan error, 1)}
		p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
		n.Start(p.cmd)
		p.ended <- p.cmd.Wait()
		if status := p.wait(); status != exitFailed || !strings.Contains(p.stderr.String(), "ntlmtrace: "+flag+": open ") ||
			!strings.Contains(p.stderr.String(), "hint: ntlmtrace runs as uid 4242 (uid 4242, gid 4242) from now on, without capabilities and core dumps: files must be") {
			t.Errorf("exit status %d: %s", status, &p.stderr)
		}
	}
}

// openFolder is a folder that every user can write to.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "live")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}
