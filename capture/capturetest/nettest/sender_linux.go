package nettest

import (
	"net"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Sender sends frames out of an interface. It is for one goroutine.
type Sender struct {
	fd       int
	messages [atOnce]message
	vectors  [atOnce]unix.Iovec
}

// atOnce is how many frames one system call takes.
const atOnce = 64

// message is struct mmsghdr.
type message struct {
	header unix.Msghdr
	sent   uint32
	_      [4]byte
}

// Sender opens a sender on an interface of n, until the test ends.
func (n *Network) Sender(name string) *Sender {
	n.t.Helper()
	var s *Sender
	if err := n.Do(func() (err error) {
		s, err = openSender(name)
		return err
	}); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(s.close)
	return s
}

// NewSender opens a sender on an interface in the network of the calling
// thread.
func NewSender(t testing.TB, name string) *Sender {
	t.Helper()
	s, err := openSender(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

func openSender(name string) (*Sender, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	s := &Sender{fd: fd}
	for i := range s.messages {
		s.messages[i].header.Iov = &s.vectors[i]
		s.messages[i].header.Iovlen = 1
	}
	err = unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: i.Index})
	if err == nil {
		// Past the queue of the device: what is sent is on the other end at
		// once.
		err = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *Sender) close() { unix.Close(s.fd) }

// Send sends frames, as fast as it goes. None may be empty.
func (s *Sender) Send(frames [][]byte) error {
	for len(frames) > 0 {
		n := min(len(frames), atOnce)
		for i, f := range frames[:n] {
			s.vectors[i].Base = &f[0]
			s.vectors[i].SetLen(len(f))
		}
		sent, _, e := syscall.Syscall6(unix.SYS_SENDMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&s.messages[0])), uintptr(n), 0, 0, 0)
		switch e {
		case 0:
			frames = frames[sent:]
		case unix.ENOBUFS, unix.EAGAIN, unix.EINTR:
		default:
			return e
		}
	}
	return nil
}
