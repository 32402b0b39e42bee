// Package tcp puts the bytes of TCP connections in order.
//
//	capture.Packet --packet.Decoder--> packet.TCP --Conn--> Segment --> Consumer
//	128 at a time                         |       found or            Data, Skipped,
//	                                      |       entered             HalfClosed, Closed
//	                                      v                              |
//	                                   backlog: bytes that came       Advice: more, skip n bytes,
//	                                   before earlier ones            mute, ignore
//
//	capture.Packet --packet.Decoder--> capture.Datagram -------------> DatagramConsumer
//
// An Assembler follows the connections of one source. It gives a Consumer each
// byte once and in order, with the frame that completed it, and says where
// bytes are missing. The Consumer answers each Segment with an Advice, so that
// bodies are passed over by their sequence numbers and connections of no
// interest cost one look at a table. Memory is bounded: connections, what waits
// in them, and what is remembered of closed ones.
//
// It knows neither link layers nor what the bytes mean.
package tcp
