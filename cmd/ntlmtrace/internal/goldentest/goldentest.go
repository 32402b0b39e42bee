// Package goldentest compares what the program writes with files that hold what
// it wrote before, and writes these again with -update.
package goldentest

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

// Update is whether -update was given.
var Update = flag.Bool("update", false, "write the expected output anew: golden scripts and docs")

// Current fails if the file called name does not hold what the program writes
// now; with -update it writes it.
func Current(t *testing.T, name string, want []byte) {
	t.Helper()
	if *Update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not current: go test ./cmd/ntlmtrace ./cmd/ntlmtrace/internal/tui -update", name)
	}
}
