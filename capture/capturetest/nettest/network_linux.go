// Package nettest gives tests networks of their own: namespaces that are joined
// by wires, listeners and connections in them, and a sender of frames that is
// faster than any real link. All of it needs root, and is gone when the test
// ends.
package nettest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Network is a network namespace. At first only lo is in it.
type Network struct {
	t  testing.TB
	ns *os.File
}

// New makes a network, or skips the test if that cannot be.
func New(t testing.TB) *Network {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make a network namespace and interfaces in it")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the command ip of iproute2")
	}
	n := &Network{t: t}
	err := onThread(func() (err error) {
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		// Neighbour discovery would mix with what a test sends.
		for _, which := range []string{"all", "default"} {
			os.WriteFile("/proc/sys/net/ipv6/conf/"+which+"/disable_ipv6", []byte("1"), 0o644)
		}
		n.ns, err = os.Open("/proc/thread-self/ns/net")
		return err
	})
	if err != nil {
		t.Skipf("needs a network namespace: %v", err)
	}
	t.Cleanup(func() { n.ns.Close() })
	n.IP("link set dev lo up")
	return n
}

// onThread runs f on a thread of its own, which ends with it.
func onThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- f()
	}()
	return <-done
}

// Do runs f on a thread in n: the sockets that it makes and the processes that
// it starts are in n for as long as they live.
func (n *Network) Do(f func() error) error {
	return onThread(func() error {
		if err := unix.Setns(int(n.ns.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("setns: %w", err)
		}
		return f()
	})
}

// IP runs the command ip(8) in n.
func (n *Network) IP(line string) {
	n.t.Helper()
	var out []byte
	err := n.Do(func() (err error) {
		out, err = exec.Command("ip", strings.Fields(line)...).CombinedOutput()
		return err
	})
	if err != nil {
		n.t.Fatalf("ip %s: %v: %s", line, err, out)
	}
}

// Wire joins n and o by an Ethernet: name is the interface in n, others the one
// in o. Both are up, with the addresses given as ADDR/BITS.
func (n *Network) Wire(name string, addrs []string, o *Network, others string, theirs []string) {
	n.t.Helper()
	n.IP(fmt.Sprintf("link add name %s type veth peer name %s netns /proc/%d/fd/%d", name, others, os.Getpid(), o.ns.Fd()))
	for _, end := range []struct {
		network *Network
		name    string
		addrs   []string
	}{{n, name, addrs}, {o, others, theirs}} {
		for _, a := range end.addrs {
			end.network.IP("addr add " + a + " dev " + end.name)
		}
		end.network.IP("link set dev " + end.name + " up")
	}
	// The kernel says that a link is up a little before it is, but keeps a lock
	// in between, for which the command waits.
	n.IP("link set dev " + name + " up")
}

// Listen waits for TCP connections at an address in n, until the test ends.
func (n *Network) Listen(addr string) net.Listener {
	n.t.Helper()
	var l net.Listener
	err := n.Do(func() (err error) {
		l, err = net.Listen("tcp", addr)
		return err
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { l.Close() })
	return l
}

// Dialer gives what connects out of n from the address given, as http.Transport
// wants it.
func (n *Network) Dialer(from string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	return func(ctx context.Context, network, addr string) (c net.Conn, err error) {
		err = n.Do(func() (err error) {
			c, err = d.DialContext(ctx, network, addr)
			return err
		})
		return c, err
	}
}

// Start starts a command in n and makes sure that it ends with the test.
func (n *Network) Start(c *exec.Cmd) {
	n.t.Helper()
	if err := n.Do(c.Start); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			n.t.Skipf("needs the command %s", c.Args[0])
		}
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { c.Process.Kill() })
}
