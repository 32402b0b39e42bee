package notes

import (
	"bytes"
	"strings"
	"testing"
)

func TestPoint(t *testing.T) {
	for _, tt := range []struct {
		expr   string
		column int
		want   string
	}{
		{"tcp x", 5, "ntlmtrace:   tcp x\nntlmtrace:       ^\n"},
		{"tcp", 4, "ntlmtrace:   tcp\nntlmtrace:      ^\n"},
		{"", 1, "ntlmtrace:   \nntlmtrace:   ^\n"},
		{"tcp\n\x1b[31m\u00fc", 5, "ntlmtrace:   tcp ?[31m??\nntlmtrace:       ^\n"},
		{strings.Repeat("a", 100) + "!", 101, "ntlmtrace:   " + strings.Repeat("a", 60) + "!\nntlmtrace:   " + strings.Repeat(" ", 60) + "^\n"},
	} {
		var b bytes.Buffer
		To(&b).Point(tt.expr, tt.column)
		if b.String() != tt.want {
			t.Errorf("%q: %q, want %q", tt.expr, &b, tt.want)
		}
	}
}
