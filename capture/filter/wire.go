package filter

import "ntlmtrace/capture/internal/assigned"

const (
	// maxLength is the largest length of an IEEE 802.3 frame, which has it in
	// place of an EtherType.
	maxLength = 1500
	// cookedLLC says in a cooked header that an IEEE 802.2 header follows.
	cookedLLC = 4
	// snapSAPs are the first two bytes of an LLC header with SNAP behind it,
	// without the bits that are no part of an address.
	snapSAPs, sapMask = 0xaaaa, 0xfefe
)

// tunnelEtherTypes announce headers that more is behind.
var tunnelEtherTypes = []uint32{
	assigned.EtherVLAN, assigned.EtherService, assigned.EtherQinQ, assigned.EtherMPLS, assigned.EtherMPLSMulti,
	assigned.EtherPPPoE, assigned.EtherPPP, assigned.EtherBridge, assigned.EtherPBB, assigned.EtherFabric, assigned.EtherWCCP,
}

// tunnelPorts are the UDP destination ports of tunnels.
var tunnelPorts = []uint32{assigned.PortGTPU, assigned.PortGRE, assigned.PortVXLAN, assigned.PortGeneve, assigned.PortVXLANLinux}

// opaque4 and opaque6 are the IP protocols and IPv6 headers behind which more
// IP headers may be.
var (
	opaque4 = []uint32{assigned.ProtoIPv4, assigned.ProtoIPv6, assigned.ProtoGRE, assigned.ProtoAH}
	opaque6 = []uint32{
		assigned.ProtoIPv4, assigned.ProtoIPv6, assigned.ProtoGRE, assigned.ProtoAH, assigned.ProtoHopByHop,
		assigned.ProtoRouting, assigned.ProtoFragment, assigned.ProtoDestination, assigned.ProtoMobility, assigned.ProtoHIP, assigned.ProtoShim6,
	}
)

// isTransport reports whether a protocol has ports, for libpcap.
func isTransport(proto uint8) bool {
	return proto == assigned.ProtoTCP || proto == assigned.ProtoUDP || proto == assigned.ProtoSCTP
}
