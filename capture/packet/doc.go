// Package packet decodes one frame: it finds the TCP segment or the UDP
// datagram in it.
//
//	capture.Packet
//	   |
//	   +-- DecodePlain: Ethernet, cooked or raw; IP; TCP -----------------+
//	   |                                                                  |
//	   +-- Decode: link layer --> IP --> extension headers, fragments --+ |
//	                    ^                                               | |
//	                    |                                               v v
//	                    +---------- tunnels <-------------- TCP, or capture.Datagram
//
// DecodePlain is Decode for the packets that captures have millions of; it
// returns false for all others, having changed nothing. Fragments wait in the
// Decoder until their datagram is whole. What should have been decoded and was
// not is counted by reason. This is the only package that uses gopacket's
// layers: they decode the headers of rarer link layers and of tunnels.
//
// The filter language (capture/filter) looks into packets as deep as this
// package does; the numbers that both go by are in capture/internal/assigned.
package packet
