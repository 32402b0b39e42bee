// Package assigned holds the assigned numbers by which one header says which
// comes next. The decoder and the filter must agree on them: what the decoder
// finds in a tunnel, the filter may not throw away.
package assigned

// EtherTypes.
const (
	EtherIPv4      = 0x0800
	EtherARP       = 0x0806
	EtherBridge    = 0x6558 // an Ethernet frame, RFC 1701
	EtherRARP      = 0x8035
	EtherVLAN      = 0x8100 // IEEE 802.1Q
	EtherWCCP      = 0x883e
	EtherPPP       = 0x880b
	EtherMPLS      = 0x8847
	EtherMPLSMulti = 0x8848
	EtherPPPoE     = 0x8864 // session stage
	EtherService   = 0x88a8 // IEEE 802.1ad
	EtherERSPAN    = 0x88be // types I and II
	EtherMACsec    = 0x88e5 // not read
	EtherPBB       = 0x88e7 // an Ethernet frame behind a tag of 4 bytes, IEEE 802.1ah
	EtherFabric    = 0x8903 // the same behind a tag of 2 bytes, Cisco FabricPath
	EtherQinQ      = 0x9100 // before 802.1ad
	EtherERSPAN3   = 0x22eb // not read
	EtherIPv6      = 0x86dd
)

// IP protocol numbers.
const (
	ProtoHopByHop    = 0
	ProtoICMP        = 1
	ProtoIPv4        = 4
	ProtoTCP         = 6
	ProtoUDP         = 17
	ProtoIPv6        = 41
	ProtoRouting     = 43
	ProtoFragment    = 44
	ProtoGRE         = 47
	ProtoESP         = 50 // not read
	ProtoAH          = 51
	ProtoICMPv6      = 58
	ProtoDestination = 60
	ProtoSCTP        = 132
	ProtoMobility    = 135
	ProtoHIP         = 139
	ProtoShim6       = 140
)

// UDP destination ports of tunnels.
const (
	PortGTPU       = 2152
	PortGRE        = 4754 // RFC 8086
	PortVXLAN      = 4789
	PortGeneve     = 6081
	PortVXLANLinux = 8472 // before a port was assigned
)

// PPP protocol numbers, RFC 1661 section 2.
const (
	PPPIPv4 = 0x0021
	PPPIPv6 = 0x0057
)

// TunnelPort reports whether UDP to port may be a tunnel.
func TunnelPort(port uint16) bool {
	switch port {
	case PortGTPU, PortGRE, PortVXLAN, PortGeneve, PortVXLANLinux:
		return true
	}
	return false
}
