package capture

// Stats counts what was read and what could not be. Silence must never look
// like health: every count of something unread is shown to the user.
type Stats struct {
	Packets int64 // read from the source
	Bytes   int64 // captured bytes of these packets
	Cut     int64 // packets that the capture cut (snapshot length)
	TCP     int64 // packets that held TCP

	// NotDecoded counts the packets that should have been decoded and were not,
	// by reason ("IEEE802_11 link layer", "malformed IPv4 header", ...). What
	// is simply not TCP (UDP, ARP, ...) is not here.
	NotDecoded map[string]int64

	Connections int64 // TCP connections with at least one byte of payload
	Duplicates  int64 // packets captured twice, dropped
	Retransmits int64 // segments that held nothing new, and were no duplicates
	Reordered   int64 // segments that came before an earlier one
	Gaps        int64 // holes in a stream that was of interest
	LostBytes   int64 // bytes missing in these holes
	Conflicts   int64 // overlaps whose bytes differ: the first are kept
	OneSided    int64 // connections of which only one direction was captured

	Evicted      int64 // connections dropped to keep within the memory limit
	DroppedBytes int64 // bytes of reordered segments and fragments dropped for the same reason
}
