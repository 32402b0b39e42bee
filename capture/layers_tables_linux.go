package capture

import (
	"os"
	"syscall"
	"unsafe"
)

// release gives the memory of a variable that is all zero, and was when the program was
// linked, back to the system as far as it fills pages: the next who looks at them
// finds zeros again. If the system refuses, it keeps them.
func release[T any](v *T) {
	page := uintptr(os.Getpagesize())
	b := unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
	skip := -uintptr(unsafe.Pointer(v)) % page
	if b = b[skip:]; uintptr(len(b)) >= page {
		_ = syscall.Madvise(b[:uintptr(len(b))/page*page], syscall.MADV_DONTNEED)
	}
}
