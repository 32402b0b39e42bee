package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestUnmapStart lets go of the pages of the test itself, which goes on with those that it
// needs again. How many go depends on how it was linked.
func TestUnmapStart(t *testing.T) {
	before := mappedOfFiles(t)
	unmapStart()
	if after := mappedOfFiles(t); after >= before {
		t.Errorf("%d KiB of files are mapped, before it were %d", after, before)
	}
}

// mappedOfFiles gives the KiB of files that are resident in this process.
func mappedOfFiles(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssFile:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
