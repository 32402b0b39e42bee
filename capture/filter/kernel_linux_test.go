package filter

import (
	"encoding/binary"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
	"ntlmtrace/capture/internal/assigned"
)

// TestKernel sends frames through the loopback interface of a network namespace
// of its own, and wants of the kernel what the tests want of the virtual
// machine, the VLAN tags that it takes out included. It needs root.
func TestKernel(t *testing.T) {
	for _, link := range []capture.LinkType{capture.LinkEthernet, capture.LinkLinuxSLL, capture.LinkLinuxSLL2} {
		t.Run(link.String(), func(t *testing.T) {
			runtime.LockOSThread() // for good: the thread ends with the test, and the namespace with it
			if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
				t.Skipf("a network namespace needs root: %v", err)
			}
			testKernel(t, link)
		})
	}
}

func testKernel(t *testing.T, link capture.LinkType) {
	k := newKernel(t, link)
	frames := oddFrames()[3:]
	for _, b := range plainFrames() {
		frames = append(frames, b, ether(assigned.EtherVLAN, tag(10, be.Uint16(b[12:]), b[14:])))
	}
	for i := range frames {
		frames[i] = mark(frames[i], uint16(i))
	}
	copies := 2 // a frame goes out and comes in
	if link != capture.LinkEthernet {
		copies = 1 // going out, one with an LLC header has its length for a protocol
	}
	exprs := append(slices.Clone(byHand[1:]), "vlan", "vlan 10", "not vlan", "vlan 11", "vlan 10 and tcp port 80", "not vlan 20 and less 100", "greater 1072 and vlan")
	for _, expr := range exprs {
		f := mustParse(t, expr)
		raw, ok := f.Program(link)
		if !ok {
			t.Fatalf("%q has no program", expr)
		}
		passed := k.passed(raw, frames)
		for i, b := range frames {
			p := on(link, b)
			switch n := passed[uint16(i)]; {
			case f.Keep(p) && n < copies:
				t.Errorf("%q: the kernel lets through %d of %d: %x", expr, n, copies, b)
			case !f.Match(p) && n > 0 && isPlain(p):
				t.Errorf("%q: the kernel lets through what does not match: %x", expr, b)
			case !f.Match(p) && n > 0 && be.Uint16(b[12:]) == assigned.EtherVLAN && isPlain(on(link, untagged(b))) && n == 2:
				t.Errorf("%q: the kernel does not know the tag of what does not match: %x", expr, b)
			}
		}
		if t.Failed() {
			return
		}
	}
}

// mark makes a frame as long as Ethernet's shortest, with its number at the
// end.
func mark(b []byte, number uint16) []byte {
	out := make([]byte, max(60, len(b)+2))
	copy(out, b)
	be.PutUint16(out[len(out)-2:], number)
	return out
}

// on returns the packet of an Ethernet frame on a link that has EtherTypes.
func on(link capture.LinkType, b []byte) *capture.Packet {
	for _, p := range onLinks(b) {
		if p.Link == link {
			return p
		}
	}
	return nil
}

func untagged(b []byte) []byte { return append(slices.Clone(b[:12]), b[16:]...) }

// kernel is a loopback interface with a socket that sends, one that receives
// through a filter, and one that receives everything.
type kernel struct {
	t           *testing.T
	index       int
	send        int
	filter, all int
}

func newKernel(t *testing.T, link capture.LinkType) *kernel {
	k := &kernel{t: t}
	k.send = k.socket(unix.SOCK_RAW)
	r, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(k.send, unix.SIOCSIFFLAGS, r); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlIfreq(k.send, unix.SIOCGIFINDEX, r); err != nil {
		t.Fatal(err)
	}
	k.index = int(r.Uint32())
	kind := unix.SOCK_RAW
	if link != capture.LinkEthernet {
		kind = unix.SOCK_DGRAM
	}
	k.filter, k.all = k.socket(kind), k.socket(unix.SOCK_RAW)
	return k
}

// socket opens a packet socket, on the loopback interface if its index is
// known.
func (k *kernel) socket(kind int) int {
	fd, err := unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { unix.Close(fd) })
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 5}); err != nil {
		k.t.Fatal(err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20); err != nil {
		k.t.Fatal(err)
	}
	if k.index != 0 {
		if err := unix.Bind(fd, k.address()); err != nil {
			k.t.Fatal(err)
		}
	}
	return fd
}

func (k *kernel) address() *unix.SockaddrLinklayer {
	return &unix.SockaddrLinklayer{Protocol: binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL)), Ifindex: k.index}
}

// passed sends the frames and counts, by their numbers, how often the program
// lets each through.
func (k *kernel) passed(raw []bpf.RawInstruction, frames [][]byte) map[uint16]int {
	program := unix.SockFprog{Len: uint16(len(raw)), Filter: (*unix.SockFilter)(unsafe.Pointer(&raw[0]))}
	if err := unix.SetsockoptSockFprog(k.filter, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &program); err != nil {
		k.t.Fatal(err)
	}
	for _, b := range frames {
		if err := unix.Sendto(k.send, b, 0, k.address()); err != nil {
			k.t.Fatal(err)
		}
	}
	// Every socket gets a frame before the next frame comes: when all of them
	// have been here, all that the filter lets through is there.
	for range 2 * len(frames) {
		if _, ok := k.receive(k.all, 0); !ok {
			k.t.Fatal("the loopback interface lost a frame")
		}
	}
	counts := make(map[uint16]int)
	for {
		number, ok := k.receive(k.filter, unix.MSG_DONTWAIT)
		if !ok {
			return counts
		}
		counts[number]++
	}
}

// receive returns the number at the end of the next frame.
func (k *kernel) receive(fd, flags int) (number uint16, ok bool) {
	b := make([]byte, 1<<16)
	n, _, err := unix.Recvfrom(fd, b, flags)
	if err != nil || n < 2 {
		return 0, false
	}
	return be.Uint16(b[n-2:]), true
}
