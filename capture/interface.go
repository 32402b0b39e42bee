package capture

// InterfaceInfo describes an interface in a file that is written.
type InterfaceInfo struct {
	Name    string // empty if unknown
	Snaplen uint32 // bytes of a packet that the capture keeps; 0 for all
}

// InterfaceCounts are the statistics of an interface since a file was begun.
type InterfaceCounts struct {
	Received int64 // packets
	Dropped  int64 // of which the capturing machine kept none
}
