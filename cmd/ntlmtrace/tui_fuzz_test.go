package main

import (
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
)

// checkShape holds that a screen is as high as the terminal and no line wider.
func checkShape(t testing.TB, s *screen) {
	t.Helper()
	view := s.view()
	if n := strings.Count(view, "\n") + 1; n != s.height {
		t.Fatalf("%d lines on %dx%d:\n%s", n, s.width, s.height, view)
	}
	for l := range strings.SplitSeq(view, "\n") {
		if n := runewidth.StringWidth(unstyled(l)); n > s.width || columns(unstyled(l)) > s.width {
			t.Fatalf("a line of %d on %dx%d: %q", n, s.width, s.height, l)
		}
		if !s.look.fancy && strings.Contains(l, "\x1b") {
			t.Fatalf("an escape sequence: %q", l)
		}
	}
}
