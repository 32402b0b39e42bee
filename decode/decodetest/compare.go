package decodetest

import (
	"strings"
	"testing"
)

// Same holds the lines of got to those of want.
func Same(t *testing.T, got, want []string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

// Whole returns s as one segment, where other tests cut it into several.
func Whole(s string) []string { return []string{s} }
