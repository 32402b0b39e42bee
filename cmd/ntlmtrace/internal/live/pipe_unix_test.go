//go:build !windows

package live

import (
	"os"
	"testing"
)

// TestReaderGoneIsKnown holds that a pipe without a reader is known before
// anything is written to it.
func TestReaderGoneIsKnown(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	stdout := os.Stdout
	os.Stdout = w
	defer func() { os.Stdout = stdout }()
	if readerGone(w) {
		t.Error("it is gone while it is there")
	}
	r.Close()
	if !readerGone(w) {
		t.Error("it is there though it is gone")
	}
}
