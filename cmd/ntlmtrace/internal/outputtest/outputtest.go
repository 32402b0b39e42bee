// Package outputtest has outputs for tests: one that waits for a text, and a
// disk that is full.
package outputtest

import (
	"bytes"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Soon is how long a test waits for what must happen.
const Soon = 20 * time.Second

// Text is what was written to a terminal, or to another output of a program
// that runs.
type Text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (w *Text) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

// String returns what was written so far.
func (w *Text) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// Bytes returns what was written so far.
func (w *Text) Bytes() []byte { return []byte(w.String()) }

// Await waits until the terminal has got text.
func (w *Text) Await(t testing.TB, text string) {
	t.Helper()
	for end := time.Now().Add(Soon); !strings.Contains(w.String(), text); {
		if time.Now().After(end) {
			t.Fatalf("%q was not drawn: %q", text, w)
		}
		<-time.After(time.Millisecond)
	}
}

// FullDisk is a file on a disk that has room for so many bytes.
type FullDisk struct {
	Room int // bytes
	Text strings.Builder
}

// Write implements io.Writer.
func (d *FullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.Room)
	d.Room -= n
	d.Text.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}
