package live

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
)

// tcpTransfer sends n bytes over a TCP connection on the loopback interface.
func tcpTransfer(t *testing.T, n int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan int64, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			done <- -1
			return
		}
		defer c.Close()
		got, _ := io.Copy(io.Discard, c)
		done <- got
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if got := <-done; got != int64(n) {
		t.Fatalf("%d of %d bytes arrived", got, n)
	}
}

// TestLoopbackOnce holds that a packet on lo is given once, by name and under
// any, and that frames that segmentation offload makes are whole: every byte of
// the connection comes.
func TestLoopbackOnce(t *testing.T) {
	namespace(t)
	ip(t, "link set lo up")
	settle(t, "lo")
	const size = 1 << 20
	for _, name := range []string{"lo", "any"} {
		s := source(t, Options{Interfaces: []string{name}})
		tcpTransfer(t, size)
		var payload, largest, syns int
		seen := map[string]bool{} // headers; a retransmission has another IP identification
		for syns < 2 || payload < size {
			p := next(t, s)
			if p.Length != len(p.Data) || p.Direction != capture.Outbound || p.Link != capture.LinkEthernet {
				t.Fatalf("%s: %d of %d bytes, direction %d, %v", name, len(p.Data), p.Length, p.Direction, p.Link)
			}
			ip := p.Data[14:]
			tcp := ip[ip[0]&15*4:]
			if head := string(ip[:40]); seen[head] {
				t.Fatalf("%s: a packet is given twice: %x", name, head)
			} else {
				seen[head] = true
			}
			n := len(tcp) - int(tcp[12]>>4*4)
			payload += n
			largest = max(largest, p.Length)
			if tcp[13]&2 != 0 {
				syns++
			}
		}
		if syns != 2 {
			t.Errorf("%s: %d SYNs", name, syns)
		}
		if largest < 32<<10 {
			t.Errorf("%s: the largest packet has %d bytes: offload is not tested", name, largest)
		}
		s.Close()
	}
}

// ifreqFlags is struct ifreq with flags.
type ifreqFlags struct {
	name  [unix.IFNAMSIZ]byte
	flags uint16
	_     [22]byte
}

// tun makes an interface without link layer, into which the test writes
// packets.
func tun(t *testing.T, name string) *os.File {
	t.Helper()
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("needs /dev/net/tun: %v", err)
	}
	f := os.NewFile(uintptr(fd), name)
	t.Cleanup(func() { f.Close() })
	r := ifreqFlags{flags: unix.IFF_TUN | unix.IFF_NO_PI}
	copy(r.name[:], name)
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.TUNSETIFF, uintptr(unsafe.Pointer(&r))); e != 0 {
		t.Skipf("needs a tun interface: %v", e)
	}
	return f
}

// udp makes an IPv4 packet.
func udp() []byte {
	b := make([]byte, 40)
	b[0] = 0x45
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	b[8], b[9] = 64, unix.IPPROTO_UDP
	copy(b[12:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	return b
}

// TestTun holds that a tun interface gives raw IP, by name and under any.
func TestTun(t *testing.T) {
	namespace(t)
	f := tun(t, "t0")
	ip(t, "link set t0 up")
	settle(t, "t0")
	for _, name := range []string{"t0", "any"} {
		s := source(t, Options{Interfaces: []string{name}, Filter: number42})
		if _, err := f.Write(udp()); err != nil {
			t.Fatal(err)
		}
		p := next(t, s)
		if i := s.Interfaces()[p.Interface]; p.Link != capture.LinkRaw || i.Link != p.Link || i.Name != "t0" {
			t.Errorf("%s: %v of %+v", name, p.Link, i)
		}
		if !bytes.Equal(p.Data, udp()) || p.Length != len(udp()) || p.Direction != capture.Inbound {
			t.Errorf("%s: length %d, direction %d: %x", name, p.Length, p.Direction, p.Data)
		}
	}
}

// TestCooked holds that a tunnel gives the header of LINKTYPE_LINUX_SLL and
// what is in it, without what is around it.
func TestCooked(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	ip(t, "addr add 10.9.0.1/24 dev va")
	tested := 0
	for _, kind := range []string{"gre", "ipip", "sit"} {
		line := "ip link add name tt type " + kind + " local 10.9.0.1 remote 10.9.0.2"
		if exec.Command("sh", "-c", line).Run() != nil {
			continue
		}
		tested++
		ip(t, "link set tt up")
		for _, name := range []string{"tt", "any"} {
			s := source(t, Options{Interfaces: []string{name}})
			send := newCookedSender(t, "tt")
			send(udp())
			p := next(t, s)
			for s.Interfaces()[p.Interface].Name != "tt" {
				p = next(t, s)
			}
			if p.Link != capture.LinkLinuxSLL || p.Direction != capture.Outbound || p.Length != cookedHeader+len(udp()) || len(p.Data) != p.Length {
				t.Fatalf("%s on %s: %v, direction %d, %d of %d bytes: %x", kind, name, p.Link, p.Direction, len(p.Data), p.Length, p.Data)
			}
			if !bytes.Equal(p.Data[cookedHeader:], udp()) || p.Data[1] != unix.PACKET_OUTGOING || binary.BigEndian.Uint16(p.Data[14:]) != unix.ETH_P_IP {
				t.Errorf("%s on %s: %x", kind, name, p.Data)
			}
			s.Close()
		}
		ip(t, "link del tt")
	}
	if tested == 0 {
		t.Skip("needs a kernel with tunnels")
	}
}

// newCookedSender returns a function that sends IPv4 packets out of an
// interface, whose link layer the kernel makes.
func newCookedSender(t *testing.T, name string) func([]byte) {
	t.Helper()
	i, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	to := unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_IP), Ifindex: i.Index}
	return func(b []byte) {
		t.Helper()
		if err := unix.Sendto(fd, b, 0, &to); err != nil {
			t.Fatal(err)
		}
	}
}
