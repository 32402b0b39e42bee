package capturetest

import (
	"hash/fnv"
	"net/netip"
)

// A Host is a machine with one address. A machine with two cards is two hosts.
type Host struct {
	Addr netip.Addr
	MAC  [6]byte
	TTL  uint8 // of the packets it sends, at the capture point
}

// NewHost makes the host with an IPv4 or IPv6 address. Its MAC is derived from
// the address and its TTL is that of Windows. It panics if addr is no address.
func NewHost(addr string) Host {
	h := Host{Addr: netip.MustParseAddr(addr), TTL: 128}
	b := h.Addr.AsSlice()
	h.MAC = [6]byte{0x02, 0x00}
	copy(h.MAC[2:], b[len(b)-4:])
	return h
}

// At names a TCP port of the host.
func (h Host) At(port uint16) Endpoint { return Endpoint{h, port} }

// An Endpoint is a TCP port of a host.
type Endpoint struct {
	Host
	Port uint16
}

// String returns "10.9.0.20:80" or "[fd00::20]:80".
func (e Endpoint) String() string { return netip.AddrPortFrom(e.Addr, e.Port).String() }

// mix makes a number from a name: arbitrary, and the same every time.
func mix(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}
