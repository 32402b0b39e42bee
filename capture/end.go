package capture

// End says how a connection ended.
type End uint8

// The ends of a connection.
const (
	Finished   End = iota // FIN in both directions
	Reset                 // RST
	PortReused            // a new SYN on the same addresses and ports
	Idle                  // no packet for longer than the limit
	Evicted               // dropped to keep within the memory limit
	CaptureEnd            // the capture ended first
)

// String names the end as reports show it.
func (e End) String() string {
	return [...]string{"finished", "reset", "port reused", "idle", "evicted", "end of capture"}[e]
}
