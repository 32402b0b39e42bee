package capture

// Limits bounds what a Source does with a file that asks for much.
type Limits struct {
	Packet int // bytes of the largest packet that is given; a larger one is counted and skipped; 0 means 256 KiB, 128 MiB is the most
}
