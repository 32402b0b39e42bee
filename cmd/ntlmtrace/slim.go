package main

import "ntlmtrace/capture"

// slimAbove is the size of the captures, in bytes, above which it is worth a
// millisecond to let go of memory first.
const slimAbove = 4 << 20

// slim lets go of the memory that only the start of the program needed.
func slim() {
	unmapStart()
	capture.DropTables()
}
