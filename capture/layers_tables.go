package capture

import "github.com/google/gopacket/layers"

// DropTables gives back the memory of the tables by which gopacket finds the decoder of what
// an Ethernet or PPP header announces: 5 MiB, which every program that imports
// gopacket/layers fills at its start. This package calls the decoders of layers by name and asks
// neither. It is for programs that do the same: where memory can be given back the
// tables are empty afterwards, and gopacket.NewPacket does not work.
func DropTables() {
	for _, table := range [...]*[1 << 16]layers.EnumMetadata{&layers.EthernetTypeMetadata, &layers.PPPTypeMetadata} {
		release(table[:])
	}
}
