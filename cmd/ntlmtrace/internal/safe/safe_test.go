package safe

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSafe(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", `CORP\alice`, `CORP\alice`},
		{"letters of other scripts", "Zoë 山田", "Zoë 山田"},
		{"clear screen", "\x1b[2Jalice", `\x1b[2Jalice`},
		{"window title", "\x1b]0;x\x07", `\x1b]0;x\x07`},
		{"C1 CSI", "\u009b2J", `\u009b2J`},
		{"C1 CSI as one byte", "\x9b2J", `\x9b2J`},
		{"NUL and DEL", "a\x00b\x7f", `a\x00b\x7f`},
		{"a second row", "alice\r\nHIGH  x\t", `alice\r\nHIGH  x\t`},
		{"right to left override", "\u202egnp.exe", `\u202egnp.exe`},
		{"isolates", "\u2066a\u2069", `\u2066a\u2069`},
		{"marks", "\u200e\u200f\u061c", `\u200e\u200f\u061c`},
		{"zero width", "al\u200bi\u200dce\ufeff", `al\u200bi\u200dce\ufeff`},
		{"line separators", "\u2028\u2029\u0085", `\u2028\u2029\u0085`},
		{"a letter without ink", "bob\u3164", `bob\u3164`},
		{"variation selector", "bob\ufe0f", `bob\ufe0f`},
		{"tag characters", "bob\U000e0041", `bob\U000e0041`},
		{"broken UTF-8", "a\xff\xc3", `a\xff\xc3`},
		{"a surrogate in UTF-8", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"a real U+FFFD", "\ufffd", "\ufffd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Text(tt.in); got != tt.want {
				t.Errorf("safe(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"GET /reports", 0, "GET /reports"},
		{"GET /reports", 12, "GET /reports"},
		{"GET /reports", 9, "GET /r..."},
		{"山田山田山田", 5, "山田..."},
		{"abcdef", 2, "ab"},
		{"\x1b\x1b", 5, `\x...`},
	}
	for _, tt := range tests {
		if got := Shorten(tt.in, tt.width); got != tt.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

// FuzzSafe holds that nothing unprintable leaves, that what was safe stays as
// it is, and that a cut text keeps its width.
func FuzzSafe(f *testing.F) {
	f.Add("CORP\\alice", 8)
	f.Add("\x1b[31m\u202e\xff", 3)
	f.Fuzz(func(t *testing.T, s string, width int) {
		got := Text(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) || strings.ContainsFunc(got, Invisible) {
			t.Fatalf("safe(%q) = %q", s, got)
		}
		if again := Text(got); again != got {
			t.Fatalf("safe twice: %q, then %q", got, again)
		}
		if cut := Shorten(s, width); width > 0 && utf8.RuneCountInString(cut) > width {
			t.Fatalf("shorten(%q, %d) = %q", s, width, cut)
		}
	})
}
