package analysis

import (
	"testing"
	"unsafe"
)

// TestCacheLines holds what each connection asks for anew to one cache line.
func TestCacheLines(t *testing.T) {
	const line = 64
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("for pointers of 64 bits")
	}
	if n := unsafe.Sizeof(host{}); n != line {
		t.Errorf("a host takes %d bytes", n)
	}
	if n := unsafe.Sizeof(leg{}); n != line {
		t.Errorf("a leg takes %d bytes", n)
	}
	if n := unsafe.Sizeof(handshakeState{}); n%line != 0 {
		t.Errorf("a handshake takes %d bytes", n)
	}
}
