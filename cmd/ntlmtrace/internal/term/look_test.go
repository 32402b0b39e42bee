package term

import (
	"bytes"
	"strings"
	"testing"
)

// TestLookOfPipe holds that what is no terminal gets neither colour nor boxes,
// and the width that was asked for.
func TestLookOfPipe(t *testing.T) {
	if got, want := (Page{Width: 72}).Look(&bytes.Buffer{}), (Look{Width: 72}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, l := range []Look{{}, {Fancy: true}} {
		text := l.Style(StyleBold, "HIGH") + l.Bold("x")
		if got := strings.Contains(text, "\x1b["); got != l.Fancy {
			t.Errorf("%+v gives %q", l, text)
		}
	}
}
