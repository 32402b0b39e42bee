// Package extract writes a part of a capture: the packets of the connections
// that are wanted. Whether one is wanted shows only after its first packets;
// until then they wait in a memory of fixed size.
//
//	capture.Packet --Keeper.Take--> tcp.Assembler --> Consumer, inside Keeper.Watch
//	                   |                                 |
//	                   v                              Keeper.Mark: wanted
//	                 ring: packets that wait             |
//	                   |                                 |
//	                   +----------- wanted <-------------+
//	                   v
//	                 Output --> Files: one pcapng file, or a ring of them
//
// It does not know why a connection is wanted.
package extract
