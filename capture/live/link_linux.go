package live

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
)

// ARPHRD_ types, linux/if_arp.h, which x/sys does not have.
const (
	arphrdEther       = 1
	arphrdCAN         = 280
	arphrdPPP         = 512
	arphrdRawIP       = 519
	arphrdTunnel      = 768
	arphrdTunnel6     = 769
	arphrdLoopback    = 772
	arphrdSIT         = 776
	arphrd80211       = 801
	arphrd80211Prism  = 802
	arphrd80211Radio  = 803
	arphrdNetlink     = 824
	arphrdNone        = 65534
	link80211         = capture.LinkType(105)
	link80211Prism    = capture.LinkType(119)
	link80211Radiotap = capture.LinkType(127)
	linkCAN           = capture.LinkType(227)
	linkNetlink       = capture.LinkType(253)
)

// linkOf returns the link type in which the packets of a device type are given.
// PPP, tunnels, InfiniBand and whatever else has a header of its own, or none,
// are given cooked: the kernel knows where the network layer begins.
func linkOf(hatype uint16) capture.LinkType {
	switch hatype {
	case arphrdEther, arphrdLoopback:
		return capture.LinkEthernet
	case arphrdNone, arphrdRawIP:
		return capture.LinkRaw
	case arphrdCAN:
		return linkCAN
	case arphrd80211:
		return link80211
	case arphrd80211Prism:
		return link80211Prism
	case arphrd80211Radio:
		return link80211Radiotap
	case arphrdNetlink:
		return linkNetlink
	}
	return capture.LinkLinuxSLL
}

// filterLinks are the device types of which the kernel's filter sees packets
// that begin as the link type says. Of GRE it may see an outer header.
var filterLinks = []struct {
	link    capture.LinkType
	hatypes []int
}{
	{capture.LinkEthernet, []int{arphrdEther, arphrdLoopback}},
	{capture.LinkRaw, []int{arphrdNone, arphrdRawIP, arphrdPPP, arphrdTunnel, arphrdTunnel6, arphrdSIT}},
}

// cookedHeader is the length of a header of LINKTYPE_LINUX_SLL.
const cookedHeader = 16

// cook writes the header of LINKTYPE_LINUX_SLL for a packet from a.
func cook(b []byte, a *unix.RawSockaddrLinklayer) {
	binary.BigEndian.PutUint16(b, uint16(a.Pkttype))
	binary.BigEndian.PutUint16(b[2:], a.Hatype)
	binary.BigEndian.PutUint16(b[4:], uint16(a.Halen))
	copy(b[6:14], a.Addr[:])
	binary.NativeEndian.PutUint16(b[14:], a.Protocol) // it is in network byte order
}

// direction returns the mark of a packet. What is looped back was sent by this
// machine, though it is seen when it arrives. What goes to many says nothing of
// its endpoints.
func direction(a *unix.RawSockaddrLinklayer) capture.Direction {
	switch {
	case a.Hatype == arphrdLoopback, a.Pkttype == unix.PACKET_OUTGOING:
		return capture.Outbound
	case a.Pkttype == unix.PACKET_HOST:
		return capture.Inbound
	case a.Pkttype == unix.PACKET_OTHERHOST:
		return capture.Passing
	}
	return capture.Unmarked
}
