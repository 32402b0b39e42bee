package packet

import (
	"fmt"

	"ntlmtrace/capture"
)

// reason says why a packet was not decoded.
type reason uint8

// The reasons, other than a link layer that is not read.
const (
	malformedEthernet reason = iota
	malformedCooked
	malformedLoopback
	malformedVLAN
	malformedMPLS
	malformedPPPoE
	malformedGRE
	malformedIPv4
	malformedIPv6
	malformedExtension
	malformedTCP
	malformedUDP
	tooManyExtensions
	headerCut
	tcpHeaderCut
	udpHeaderCut
	nestedTooDeep
	unreadMACsec
	unreadESP
	unreadERSPAN3
	unreadCooked
	malformedFragment
	fragmentCut
	fragmentsMissing
	fragmentLimit
	otherLinks
	reasons // how many there are
)

var reasonTexts = [reasons]string{
	malformedEthernet:  "malformed Ethernet header",
	malformedCooked:    "malformed cooked header",
	malformedLoopback:  "malformed loopback header",
	malformedVLAN:      "malformed VLAN tag",
	malformedMPLS:      "malformed MPLS header",
	malformedPPPoE:     "malformed PPPoE header",
	malformedGRE:       "malformed GRE header",
	malformedIPv4:      "malformed IPv4 header",
	malformedIPv6:      "malformed IPv6 header",
	malformedExtension: "malformed IP extension header",
	malformedTCP:       "malformed TCP header",
	malformedUDP:       "malformed UDP header",
	tooManyExtensions:  "too many IPv6 extension headers",
	headerCut:          "headers cut by the snapshot length",
	tcpHeaderCut:       "TCP header cut by the snapshot length",
	udpHeaderCut:       "UDP header cut by the snapshot length",
	nestedTooDeep:      "tunnels nested too deep",
	unreadMACsec:       "MACsec, encrypted",
	unreadESP:          "IPsec ESP, encrypted",
	unreadERSPAN3:      "ERSPAN type III",
	unreadCooked:       "cooked packet of a radio or frame relay interface",
	malformedFragment:  "malformed IP fragment",
	fragmentCut:        "IP fragment cut by the snapshot length",
	fragmentsMissing:   "IP fragment without the others of its datagram",
	fragmentLimit:      "IP fragment dropped to keep within the memory limit",
	otherLinks:         "other link layers",
}

// maxUnreadLinks limits how many link layers are counted by name: a pcapng file
// may name 65,536.
const maxUnreadLinks = 32

// fail counts a packet that is not decoded. It is false, for the caller to
// return.
func (d *Decoder) fail(r reason) bool {
	d.counts[r]++
	return false
}

// failShort is fail for a header that does not fit into what is there. If the
// capture cut the packet, the sender is not to blame.
func (d *Decoder) failShort(r reason) bool {
	if d.missing > 0 {
		r = headerCut
	}
	return d.fail(r)
}

// failLink counts a packet of a link layer that is not read.
func (d *Decoder) failLink(link capture.LinkType) bool {
	if _, known := d.links[link]; !known && len(d.links) >= maxUnreadLinks {
		return d.fail(otherLinks)
	}
	if d.links == nil {
		d.links = make(map[capture.LinkType]int64)
	}
	d.links[link]++
	return false
}

func linkReason(link capture.LinkType) string { return fmt.Sprintf("%v link layer", link) }
