package run

import "sort"

// Origins finds the file that a frame is from. Files that continue one another
// are read as one tap whose frames are counted through, so that the order of
// frames is that of the tap; people look a frame up by its number in its own
// file.
type Origins struct {
	names []string // of the files, in the order given
	taps  [][]span // for each tap, its files in the order read
}

// span is the part of a tap that came from one file.
type span struct {
	file int   // index of the file
	base int64 // frames of the tap before it
}

// Locate returns the name of the file that holds a frame of a tap and the
// number that the frame has there.
func (o *Origins) Locate(tap int, frame int64) (name string, number int64) {
	if tap < 0 || tap >= len(o.taps) {
		return "", frame
	}
	spans := o.taps[tap]
	i := sort.Search(len(spans), func(i int) bool { return spans[i].base >= frame }) - 1
	if i < 0 {
		return "", frame
	}
	return o.names[spans[i].file], frame - spans[i].base
}

// first returns the name of the file that a tap began with.
func (o *Origins) first(tap int) string {
	if spans := o.taps[tap]; len(spans) > 0 {
		return o.names[spans[0].file]
	}
	return ""
}

// number returns the number that a frame of a tap has in its own file.
func (o *Origins) number(tap int, frame int64) int64 {
	_, number := o.Locate(tap, frame)
	return number
}

// Several reports whether there is more than one file.
func (o *Origins) Several() bool { return len(o.names) > 1 }
