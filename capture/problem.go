package capture

import "fmt"

// Problem is something odd in a capture file that did not end the reading.
type Problem struct {
	Frame  int64  // number of the frame concerned; 0 if it is no frame
	Offset int64  // where the record begins: bytes of the capture, decompressed
	Text   string // what is odd, without the name of the file
}

// String returns the problem with its place.
func (p Problem) String() string { return place(p.Offset, p.Frame) + p.Text }

// place writes where something is, ready to be followed by what it is.
func place(offset, frame int64) string {
	if frame == 0 {
		return fmt.Sprintf("byte %d: ", offset)
	}
	return fmt.Sprintf("byte %d: frame %d: ", offset, frame)
}
