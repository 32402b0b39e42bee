package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
)

// namespace returns the test a network of its own, in which only lo exists. The
// thread of the test's goroutine is in it and ends with the test, and the
// network with that; so the test has no subtests.
func namespace(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make a network namespace and interfaces in it")
	}
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Skipf("needs a network namespace: %v", err)
	}
	// Neighbour discovery would mix with what the test sends.
	for _, which := range []string{"all", "default"} {
		os.WriteFile("/proc/sys/net/ipv6/conf/"+which+"/disable_ipv6", []byte("1"), 0o644)
	}
}

// ip runs the command ip(8) in the network of the test.
func ip(t testing.TB, line string) {
	t.Helper()
	out, err := exec.Command("ip", strings.Fields(line)...).CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("needs the command ip")
	}
	if err != nil {
		t.Fatalf("ip %s: %v: %s", line, err, out)
	}
}

// pair makes two interfaces that are joined by a wire.
func pair(t testing.TB, a, b string) {
	t.Helper()
	ip(t, "link add name "+a+" type veth peer name "+b)
	ip(t, "link set dev "+a+" up")
	ip(t, "link set dev "+b+" up")
	settle(t, a, b)
}

// settle waits until interfaces have a link: what is sent before is lost. The
// kernel says so a little before it is true, but keeps a lock in between, for
// which the command waits.
func settle(t testing.TB, names ...string) {
	t.Helper()
	for end := time.Now().Add(patient); ; {
		all, err := allLinks()
		if err != nil {
			t.Fatal(err)
		}
		up := 0
		for _, e := range all {
			if e.up && slices.Contains(names, e.name) {
				up++
			}
		}
		if up == len(names) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%q: no link", names)
		}
	}
	ip(t, "link set dev "+names[0]+" up")
}

// sender sends frames out of an interface.
type sender struct {
	t  testing.TB
	fd int
	to unix.SockaddrLinklayer
}

func newSender(t testing.TB, name string) *sender {
	t.Helper()
	i, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return &sender{t: t, fd: fd, to: unix.SockaddrLinklayer{Ifindex: i.Index}}
}

func (s *sender) send(frames ...[]byte) {
	s.t.Helper()
	for _, f := range frames {
		if err := unix.Sendto(s.fd, f, 0, &s.to); err != nil {
			s.t.Fatal(err)
		}
	}
}

// The frames of these tests: EtherType 0x88b5 is for experiments, IEEE 802.
const testType = 0x88b5

// frame makes an Ethernet frame of size bytes with a number in it.
func frame(number, size int) []byte {
	f := make([]byte, size)
	copy(f, []byte{2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8}) // locally administered
	binary.BigEndian.PutUint16(f[12:], testType)
	binary.BigEndian.PutUint32(f[14:], uint32(number))
	for i := 18; i < size; i++ {
		f[i] = byte(i * number)
	}
	return f
}

// withTag puts a VLAN tag into a frame.
func withTag(f []byte, protocol, tci uint16) []byte {
	tag := binary.BigEndian.AppendUint16(nil, protocol)
	tag = binary.BigEndian.AppendUint16(tag, tci)
	return bytes.Join([][]byte{f[:12], tag, f[12:]}, nil)
}

// source opens what is closed at the end of the test.
func source(t testing.TB, o Options) *Source {
	t.Helper()
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// patient is long enough for anything that has to come.
const patient = 10 * time.Second

// next returns a packet that is of its own memory.
func next(t testing.TB, s *Source) capture.Packet {
	t.Helper()
	var p capture.Packet
	if err := s.Next(&p, patient); err != nil {
		t.Fatal(err)
	}
	p.Data = bytes.Clone(p.Data)
	return p
}

// wantNoPacket fails if another packet comes in the time that the kernel keeps
// a block.
func wantNoPacket(t testing.TB, s *Source) {
	t.Helper()
	var p capture.Packet
	if err := s.Next(&p, 3*retire*time.Millisecond); err != ErrTimeout {
		t.Errorf("one more packet of %d bytes, error %v: %x", p.Length, err, p.Data[:min(64, len(p.Data))])
	}
}

// noted waits for a note with a text in it.
func noted(t testing.TB, s *Source, text string) {
	t.Helper()
	var p capture.Packet
	var all []string
	for end := time.Now().Add(patient); time.Now().Before(end); {
		all = append(all, s.Notes()...)
		for _, n := range all {
			if strings.Contains(n, text) {
				return
			}
		}
		s.Next(&p, 10*time.Millisecond)
	}
	t.Errorf("no note %q in %q", text, all)
}
