package decode

import (
	"testing"
	"unsafe"
)

// TestCacheLines holds a connection that is under way to two cache lines.
func TestCacheLines(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("for pointers of 64 bits")
	}
	if n := unsafe.Sizeof(httpConn{}); n != 128 {
		t.Errorf("a connection takes %d bytes", n)
	}
}
