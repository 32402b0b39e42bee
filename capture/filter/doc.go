// Package filter selects packets by expressions in the language of tcpdump
// (pcap-filter), or rather in the part of it that speaks of addresses, ports
// and protocols:
//
//	host A            src host A      dst net 10.0.0.0/8       ip6 net fe80::/10
//	port 80           tcp src port 80 udp portrange 5000-5100  src and dst port 53
//	ip ip6 tcp udp icmp icmp6 arp     vlan     vlan 10         less 100  greater 1000
//	not, and, or (also ! && ||), parentheses, tcp port 80 or 443
//
// As in tcpdump, and and or bind equally and from left to right, and what a
// bare word lacks is taken from the primitive before it. Everything else of
// pcap-filter is refused by name; host names are refused because nothing is
// looked up in DNS.
//
// On packets without VLAN tags and tunnels a filter matches what libpcap 1.10
// matches, with all that is surprising about it: a port is that of TCP, UDP or
// SCTP right behind the IP header, so neither later fragments nor IPv6 packets
// with extension headers have one; a host is also looked for in ARP. See
// docs/filter.md for the differences, which are these:
//
//   - Filters look through VLAN tags and the tunnels that capture/packet reads.
//     A primitive matches if it matches at any depth, and different primitives
//     may match at different depths. vlan says that a packet is tagged and
//     changes nothing for the primitives behind it.
//   - A field that the capture has cut off has no value: what asks for it does
//     not match, and the rest of the expression goes on. libpcap drops the packet.
//   - IPv6 on LINKTYPE_NULL also has the number that Linux writes.
package filter
