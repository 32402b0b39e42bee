package packet

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"ntlmtrace/capture"
)

// FlowKey names a connection by its two endpoints, the smaller one first, so
// that both directions have one key. VLAN tags, tunnels and interfaces are not
// part of it: the same packet seen in two places is one connection.
type FlowKey struct {
	Addr [2]Address
	Port [2]uint16
	Hash uint32 // of the above, with the secret of the Decoder: for tables, no result may depend on it
}

// Same reports whether k and o are the same connection. It compares words where
// == calls a function that compares bytes.
func (k *FlowKey) Same(o *FlowKey) bool {
	return k.Addr[0].Lo == o.Addr[0].Lo && k.Addr[1].Lo == o.Addr[1].Lo && k.Port == o.Port &&
		k.Addr[0].Hi == o.Addr[0].Hi && k.Addr[1].Hi == o.Addr[1].Hi
}

// Address is an IP address of 16 bytes as two numbers, IPv4 in the form
// ::ffff:a.b.c.d.
type Address struct{ Hi, Lo uint64 }

// mapped4 is in the low half of the address of every IPv4 host, RFC 4291
// section 2.5.5.2.
const mapped4 = 0xffff << 32

// addressOf reads the 16 bytes of an IPv6 address.
func addressOf(b []byte) Address {
	return Address{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// address4Of reads the 4 bytes of an IPv4 address.
func address4Of(b []byte) Address {
	return Address{0, mapped4 | uint64(binary.BigEndian.Uint32(b))}
}

// less orders addresses by their bytes.
func (a Address) less(b Address) bool {
	return a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo
}

// netip returns the address as a netip.Addr.
func (a Address) netip() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.Hi)
	binary.BigEndian.PutUint64(b[8:], a.Lo)
	return netip.AddrFrom16(b).Unmap()
}

// ID names the connection of k.
func (k *FlowKey) ID() FlowID { return FlowID{key: *k} }

// Endpoint returns the address and port of the endpoint that sends direction d.
func (k *FlowKey) Endpoint(d capture.Dir) netip.AddrPort {
	return netip.AddrPortFrom(k.Addr[d].netip(), k.Port[d])
}

// FixedHash hashes k without a secret: it is the same in every run, for results
// that depend on it.
func (k *FlowKey) FixedHash() uint64 {
	h := uint64(k.Port[0])<<16 | uint64(k.Port[1])
	for i := range k.Addr {
		h = bits.RotateLeft64(h, 23) ^ fold(h^0x9e3779b97f4a7c15, k.Addr[i].Hi^0xc2b2ae3d27d4eb4f)
		h = bits.RotateLeft64(h, 23) ^ fold(h^0x9e3779b97f4a7c15, k.Addr[i].Lo^0xc2b2ae3d27d4eb4f)
	}
	return fold(h^0x165667b19e3779f9, 0x9e3779b97f4a7c15)
}

// FlowID names a TCP connection by its two endpoints, whichever sends, or an IP
// packet that comes in fragments. It holds no pointer and can be compared;
// FlowIDs of two Decoders have nothing in common.
type FlowID struct {
	key       FlowKey
	fragments uint16 // 0 for a connection, else one more than the protocol of the fragments
}

// Hash returns a number that places the flow in tables. It is another one in
// every run: no result may depend on it.
func (f *FlowID) Hash() uint32 { return f.key.Hash }

// Same reports whether f and o are the same flow.
func (f *FlowID) Same(o *FlowID) bool { return f.fragments == o.fragments && f.key.Same(&o.key) }

// fragmentFlow names the IP packet of k. Its identification takes the place of
// ports.
func (d *Decoder) fragmentFlow(k *fragmentKey) FlowID {
	f := FlowID{key: FlowKey{Addr: [2]Address{k.src, k.dst}}, fragments: uint16(k.proto) + 1}
	f.key.Port[0], f.key.Port[1] = uint16(k.id>>16), uint16(k.id)
	f.key.Hash = d.hasher.hash6(&f.key)
	return f
}
