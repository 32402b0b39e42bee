// Package capture holds the words that everything about captured packets
// shares: a packet and the frame number and time that travel with it, link
// types, directions, how a connection ends, and what is counted. It reads
// nothing.
//
//	a file, or an interface
//	   |  capture/file, capture/live
//	   v
//	Packet     one frame, numbered from 1; capture/filter drops what is not asked for
//	   |  capture/packet
//	   v
//	segment, or Datagram
//	   |  capture/tcp
//	   v
//	the bytes of each connection in order, and datagrams between them
//
// Beside that line, capture/clock compares the clocks of two captures, and
// capture/extract writes the packets of the connections that are wanted.
package capture
