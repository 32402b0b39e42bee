package capture

import "time"

// LinkType is a LINKTYPE_ value of the tcpdump.org registry. It has 32 bits
// here: a type above 255, such as 276 (LINUX_SLL2), is not another one cut
// short.
type LinkType uint32

// Stamp says where and when something was seen: the frame that completed it.
type Stamp struct {
	Frame int64 // number of the frame in its source, from 1 (Wireshark's frame.number); 0 if never seen
	Time  int64 // capture time, nanoseconds since 1970-01-01 UTC
}

// Seen reports whether the stamp is that of a frame.
func (s Stamp) Seen() bool { return s.Frame != 0 }

// Clock returns the capture time as a time.Time in UTC.
func (s Stamp) Clock() time.Time { return time.Unix(0, s.Time).UTC() }

// Direction is the mark that cooked captures and pcapng keep for a packet: how
// it passed the capturing machine.
type Direction uint8

// The directions of a packet.
const (
	Unmarked Direction = iota // the format does not say
	Inbound                   // received by the capturing machine
	Outbound                  // sent by it: its source address is one of its own, unless it was forwarded
	Passing                   // received by it, and addressed to another machine: promiscuous mode, or a bridge
	Looped                    // sent by it to itself
)

// Dir names one direction of a connection by the endpoint that sends:
// 0 or 1. Which of them is the client is for the carrier to say.
type Dir uint8

// Packet is one captured frame.
type Packet struct {
	Stamp
	Data      []byte // as captured; valid until the next packet is read
	Length    int    // length on the wire in bytes; above len(Data) if the capture cut the packet
	Link      LinkType
	FCS       int // bytes of frame check sequence at the end of Data; 0 if there is none
	Interface int // number of the interface in its source, from 0
	Direction Direction
	Trimmed   bool // the end of a long body was cut off on purpose by the program that wrote the file, see file.PcapngEncoder
}
