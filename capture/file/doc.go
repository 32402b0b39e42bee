// Package file reads capture files: the bytes of a file become packets.
//
//	bytes --compressions--> bytes --Formats--> records --Source.Next--> capture.Packet
//	        gzip, zstd              pcap,                 Source.NextAll
//	        (ahead.go)              pcapng
//
// What a file is shows in its first bytes; Formats lists what is recognised,
// and which of it can be read. Damage does not fail the program: the packets
// before it are given, and what is odd is a capture.Problem with its frame and
// offset. The package also makes the blocks of a pcapng file (PcapngEncoder);
// who writes them to a disk is not its subject.
//
// It knows nothing of interfaces, of IP or of what packets carry.
package file
