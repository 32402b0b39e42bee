package grid

import (
	"bytes"
	"strings"
	"testing"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"ntlmtrace/cmd/ntlmtrace/internal/term"
)

// TestTableFits draws a table for pages of any width: it fits as long as what
// cannot be cut does, and no line is wider than the others.
func TestTableFits(t *testing.T) {
	columns := []Column{
		{Head: "Client"}, {Head: "Scheme", Spare: true}, {Head: "User", Text: true}, {Head: "Handshakes", Number: true},
	}
	rows := [][]string{
		{"10.9.0.10", "Negotiate (NTLM)", `CORP\` + strings.Repeat("a", 200), "1"},
		{"fd00::10", "NTLM", "山田太郎山田太郎", "12345"},
	}
	for _, fancy := range []bool{false, true} {
		for width := 20; width <= 200; width++ {
			var out bytes.Buffer
			if err := Write(&out, term.Look{Fancy: fancy, Width: width}, columns, rows); err != nil {
				t.Fatal(err)
			}
			text := out.String()
			if strings.Count(text, "\n") > 6 {
				t.Fatalf("width %d: a row has several lines:\n%s", width, text)
			}
			for line := range strings.Lines(text) {
				if n := twwidth.Width(strings.TrimRight(line, "\n")); n > max(width, 42) {
					t.Fatalf("width %d: a line of %d:\n%s", width, n, text)
				}
			}
			for _, whole := range []string{"10.9.0.10", "fd00::10", "12345"} {
				if !strings.Contains(text, whole) {
					t.Fatalf("width %d: %s is cut:\n%s", width, whole, text)
				}
			}
		}
	}
}

func TestPlainTableIsASCII(t *testing.T) {
	var out bytes.Buffer
	if err := Write(&out, term.Look{}, []Column{{Head: "Client"}, {Head: "Denied", Number: true}}, [][]string{{"10.9.0.10", "3"}}); err != nil {
		t.Fatal(err)
	}
	const want = " Client    | Denied\n-----------+--------\n 10.9.0.10 |      3\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}
