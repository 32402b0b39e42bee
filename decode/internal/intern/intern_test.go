package intern

import (
	"strconv"
	"strings"
	"testing"
)

func TestString(t *testing.T) {
	var table Table
	for range 2 {
		for i := range 3 * slots { // more than there are places
			text := strconv.Itoa(i)
			b := []byte(text)
			got := table.String(b)
			clear(b)
			if got != text {
				t.Fatalf("%q became %q", text, got)
			}
		}
	}
	for _, text := range []string{"", strings.Repeat("x", longest+1)} {
		if got := table.String([]byte(text)); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := (*Table)(nil).String([]byte("a")); got != "a" {
		t.Errorf("without a table: %q", got)
	}
}

func TestTextsThatComeAgainAllocateNothing(t *testing.T) {
	var table Table
	names := [][]byte{[]byte("alice"), []byte("bob"), []byte("web01.corp.example")}
	if n := testing.AllocsPerRun(100, func() {
		for _, name := range names {
			table.String(name)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
