package capture

import "github.com/google/gopacket/layers"

// DropTables empties the tables by which gopacket finds the decoder of what an Ethernet or
// PPP header announces, and gives their memory back where that is possible: 5 MiB, which
// every program that imports gopacket/layers fills at its start. This package calls the decoders of
// layers by name and asks neither. It is for programs that do the same: gopacket.NewPacket
// does not work afterwards.
func DropTables() {
	for _, table := range [...]*[1 << 16]layers.EnumMetadata{&layers.EthernetTypeMetadata, &layers.PPPTypeMetadata} {
		clear(table[:])
		release(table)
	}
}
