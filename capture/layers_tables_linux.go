package capture

import (
	"os"
	"syscall"
	"unsafe"

	"github.com/google/gopacket/layers"
)

// release empties a table that the linker left to be filled at run time, by giving its memory back
// to the system: who looks at it next finds zeros.
func release(table []layers.EnumMetadata) {
	const size = unsafe.Sizeof(table[0])
	page := uintptr(os.Getpagesize())
	b := unsafe.Slice((*byte)(unsafe.Pointer(&table[0])), uintptr(len(table))*size)
	from := -uintptr(unsafe.Pointer(&b[0])) % page
	to := from + (uintptr(len(b))-from)/page*page
	if syscall.Madvise(b[from:to], syscall.MADV_DONTNEED) != nil {
		return
	}
	// What lies at the ends shares its page with others.
	clear(table[:from/size+1])
	clear(table[to/size:])
}
