package live

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
)

// childUser in the environment tells the test binary to be the process whose
// rights are given up: it holds the user to become.
const childUser = "LIVE_TEST_USER"

// TestDropRights runs a process that captures with the rights of a case, gives
// them up, and goes on.
func TestDropRights(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	self := shared(t)
	onlyRaw := &syscall.SysProcAttr{
		Credential:  &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true},
		AmbientCaps: []uintptr{unix.CAP_NET_RAW},
	}
	for _, c := range []struct {
		name string
		attr *syscall.SysProcAttr
		env  []string
		want string
	}{
		{"only CAP_NET_RAW", onlyRaw, []string{childUser + "="}, "stays uid 65534, without"},
		{"only CAP_NET_RAW, under sudo", onlyRaw, []string{childUser + "=", "SUDO_UID=0", "SUDO_GID=0"}, "stays uid 65534, without"},
		{"root to a number", nil, []string{childUser + "=4242"}, "runs as uid 4242 (uid 4242, gid 4242) from now on, without"},
		{"root to who called sudo", nil, []string{childUser + "=", "SUDO_UID=4343", "SUDO_GID=4344"}, "runs as uid 4343 (uid 4343, gid 4344) from now on, without"},
		{"root to nobody else", nil, []string{childUser + "=", "SUDO_UID=", "SUDO_GID="}, "stays root, for no other user is named, without"},
	} {
		out := runChild(t, self, c.attr, c.env)
		if !strings.Contains(out, c.want) || !strings.Contains(out, "captured\n") {
			t.Errorf("%s:\n%s\nwant %q", c.name, out, c.want)
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "wrong: ") {
				t.Errorf("%s: %s", c.name, line)
			}
		}
	}
	if out := runChild(t, self, onlyRaw, []string{childUser + "=0"}); !strings.Contains(out, "only root can become") {
		t.Errorf("a user becomes root: %s", out)
	}
	if out := runChild(t, self, nil, []string{childUser + "=no-such-user"}); !strings.Contains(out, `user "no-such-user"`) {
		t.Errorf("an unknown user: %s", out)
	}
}

// TestNoRights holds that a user who may not capture is shown what to do.
func TestNoRights(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	unprivileged := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true}}
	out := runChild(t, shared(t), unprivileged, []string{childUser + "="})
	if !strings.Contains(out, "packet socket: operation not permitted") || !strings.Contains(out, "setcap cap_net_raw") {
		t.Error(out)
	}
}

// shared copies the test binary to where every user can run it.
func shared(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "live")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "live.test")
	if err := os.WriteFile(name, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// runChild runs the binary as a child in the network of the test, sends a frame
// when it is ready, and gives what it says.
func runChild(t *testing.T, self string, attr *syscall.SysProcAttr, env []string) string {
	t.Helper()
	c := exec.Command(self, "-test.run=^TestChild$", "-test.v")
	c.Dir = "/"
	c.Env = append(os.Environ(), env...)
	c.SysProcAttr = attr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		fmt.Fprintln(&said, lines.Text())
		if lines.Text() == "ready" {
			newSender(t, "va").send(frame(7, 60))
			break
		}
	}
	io.Copy(&said, out)
	c.Wait()
	return said.String()
}

// TestChild is the process of the tests above.
func TestChild(t *testing.T) {
	user, ok := os.LookupEnv(childUser)
	if !ok {
		t.Skip("is run by TestDropRights")
	}
	s, err := Open(Options{Interfaces: []string{"vb"}})
	if err != nil {
		fmt.Println(err)
		if h, ok := errors.AsType[*RightsError](err); ok {
			fmt.Println(h.Hint())
		}
		return
	}
	said, err := DropRights(user)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(said)
	for line := range rightsLeft() {
		fmt.Println("wrong:", line)
	}
	fmt.Println("ready")
	var p capture.Packet
	if err := s.Next(&p, patient); err != nil {
		fmt.Println("wrong:", err)
	}
	if s.Stats().Received == 0 || s.Interfaces()[0].Name != "vb" {
		fmt.Println("wrong: no packet is counted")
	}
	fmt.Println("captured")
}

// rightsLeft tells what the process could still do, thread by thread.
func rightsLeft() map[string]bool {
	left := map[string]bool{}
	tasks, _ := filepath.Glob("/proc/self/task/*/status")
	if len(tasks) == 0 {
		left["no thread is seen"] = true
	}
	for _, name := range tasks {
		b, _ := os.ReadFile(name)
		for line := range strings.Lines(string(b)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ":\t")
			switch key {
			case "CapInh", "CapPrm", "CapEff", "CapAmb":
				if strings.Trim(value, "0") != "" {
					left[line] = true
				}
			case "NoNewPrivs":
				if value != "1" {
					left[line] = true
				}
			}
		}
	}
	if n, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); n != 0 || err != nil {
		left["it is dumpable"] = true
	}
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &r); err != nil || r.Cur != 0 || r.Max != 0 {
		left["it can leave a core dump"] = true
	}
	if fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0); err == nil {
		unix.Close(fd)
		left["it can open another packet socket"] = true
	}
	if os.Geteuid() != 0 && syscall.Setuid(0) == nil {
		left["it can become root"] = true
	}
	return left
}
