// Package live gives the packets of network interfaces.
//
// On Linux it reads a ring that is shared with the kernel, without libpcap; on
// Windows it drives Npcap, on macOS the libpcap of the system.
package live

import (
	"errors"
	"net/netip"

	"golang.org/x/net/bpf"

	"ntlmtrace/capture"
)

// Any is the name of all interfaces together.
const Any = "any"

// Options says what to capture.
type Options struct {
	Interfaces []string // names; Any alone means every interface, also those that come later
	NoPromisc  bool     // leave out what is not addressed to this machine
	Ring       int      // bytes of the kernel's buffer for each interface; 0 means 16 MiB
	Packet     int      // bytes of the largest packet that is given; 0 means 256 KiB; what is larger is cut

	// Filter gives the program that the kernel runs on the packets of a link
	// type, nil for none. It spares work and no more: where a program cannot
	// run, as on interfaces that are captured cooked, every packet is given.
	// The kernel has taken the outer VLAN tag away before it runs.
	// It is used on Linux.
	Filter func(capture.LinkType) []bpf.RawInstruction

	// FilterText says the same in the language of tcpdump, for libpcap and
	// Npcap.
	FilterText string
}

// The defaults of Options.
const (
	defaultRing   = 16 << 20
	defaultPacket = 256 << 10
)

// ring is the size of the buffer of one interface in bytes.
func (o *Options) ring() int {
	if o.Ring <= 0 {
		return defaultRing
	}
	return o.Ring
}

// packet is the size of the largest packet in bytes.
func (o *Options) packet() int {
	if o.Packet <= 0 {
		return defaultPacket
	}
	return o.Packet
}

// any reports whether every interface is meant.
func (o *Options) any() (bool, error) {
	if len(o.Interfaces) == 0 {
		return false, errors.New("no interface is given")
	}
	for _, name := range o.Interfaces {
		if name == Any && len(o.Interfaces) > 1 {
			return false, errors.New("any stands for every interface: no other can be given beside it")
		}
	}
	return o.Interfaces[0] == Any, nil
}

// Interface is a network interface of this machine.
type Interface struct {
	Name        string
	Index       int // the operating system's number for it
	Link        capture.LinkType
	Addrs       []netip.Prefix
	Up          bool // configured up, and there is a link
	Loopback    bool
	Description string // of the driver or the administrator, may be empty
}

// Stats counts packets since the source was opened.
type Stats struct {
	Received int64 // packets that passed the kernel's filter, the dropped ones too
	Dropped  int64 // of these, those that the kernel's buffer could not hold
	Frozen   int64 // how often that buffer was full
}

// ErrTimeout is what Source.Next returns when no packet came in time.
var ErrTimeout = errors.New("no packet came in time")
