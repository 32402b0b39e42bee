package filter

// EtherTypes, of which those of tunnels are the ones that package capture reads.
const (
	etherIPv4      = 0x0800
	etherARP       = 0x0806
	etherBridge    = 0x6558 // an Ethernet frame, RFC 1701
	etherRARP      = 0x8035
	etherVLAN      = 0x8100
	etherWCCP      = 0x883e
	etherPPP       = 0x880b
	etherMPLS      = 0x8847
	etherMPLSMulti = 0x8848
	etherPPPoE     = 0x8864
	etherService   = 0x88a8
	etherERSPAN    = 0x88be
	etherMACsec    = 0x88e5 // not read
	etherPBB       = 0x88e7
	etherFabric    = 0x8903
	etherQinQ      = 0x9100
	etherERSPAN3   = 0x22eb // not read
	etherIPv6      = 0x86dd

	// maxLength is the largest length of an IEEE 802.3 frame, which has it in
	// place of an EtherType.
	maxLength = 1500
	// cookedLLC says in a cooked header that an IEEE 802.2 header follows.
	cookedLLC = 4
	// snapSAPs are the first two bytes of an LLC header with SNAP behind it,
	// without the bits that are no part of an address.
	snapSAPs, sapMask = 0xaaaa, 0xfefe
)

// IP protocol numbers.
const (
	protoHopByHop    = 0
	protoICMP        = 1
	protoIPv4        = 4
	protoTCP         = 6
	protoUDP         = 17
	protoIPv6        = 41
	protoRouting     = 43
	protoFragment    = 44
	protoGRE         = 47
	protoESP         = 50 // not read
	protoAH          = 51
	protoICMPv6      = 58
	protoDestination = 60
	protoSCTP        = 132
	protoMobility    = 135
	protoHIP         = 139
	protoShim6       = 140
)

// UDP destination ports of tunnels.
const (
	portGTPU       = 2152
	portGRE        = 4754
	portVXLAN      = 4789
	portGeneve     = 6081
	portVXLANLinux = 8472
)

// PPP protocol numbers, RFC 1661 section 2.
const (
	pppIPv4 = 0x0021
	pppIPv6 = 0x0057
)

// tunnelEtherTypes announce headers that more is behind.
var tunnelEtherTypes = []uint32{
	etherVLAN, etherService, etherQinQ, etherMPLS, etherMPLSMulti, etherPPPoE, etherPPP,
	etherBridge, etherPBB, etherFabric, etherWCCP,
}

// tunnelPorts are the UDP destination ports of tunnels.
var tunnelPorts = []uint32{portGTPU, portGRE, portVXLAN, portGeneve, portVXLANLinux}

// opaque4 and opaque6 are the IP protocols and IPv6 headers behind which more
// IP headers may be.
var (
	opaque4 = []uint32{protoIPv4, protoIPv6, protoGRE, protoAH}
	opaque6 = []uint32{
		protoIPv4, protoIPv6, protoGRE, protoAH, protoHopByHop, protoRouting, protoFragment,
		protoDestination, protoMobility, protoHIP, protoShim6,
	}
)

// isTransport reports whether a protocol has ports, for libpcap.
func isTransport(proto uint8) bool {
	return proto == protoTCP || proto == protoUDP || proto == protoSCTP
}

// isTunnelPort reports whether UDP to port is of a tunnel.
func isTunnelPort(port uint16) bool {
	switch port {
	case portGTPU, portGRE, portVXLAN, portGeneve, portVXLANLinux:
		return true
	}
	return false
}
