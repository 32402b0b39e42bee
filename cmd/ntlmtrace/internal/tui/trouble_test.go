package tui

import (
	"testing"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// TestNoFindingsIsNotHealth holds that a screen without findings says what is in
// trouble.
func TestNoFindingsIsNotHealth(t *testing.T) {
	for _, tt := range []struct {
		in   report.Troubles
		want string
	}{
		{report.Troubles{}, "Nothing wrong was found in 2 handshakes."},
		{report.Troubles{Refused: 1}, "1 logon was refused; no rule explains it."},
		{report.Troubles{Unanswered: 1}, "1 handshake was not answered; no rule explains it."},
		{report.Troubles{ErrorAfter: 2}, "2 logons were answered with an error; no rule explains them."},
	} {
		s := newScreenProgram(term.Look{}).screen
		s.shown.health = &watch.Health{Packets: 9, Summary: report.Summary{Requests: 2, Handshakes: 2, Accepted: 2, Troubles: tt.in, Unexplained: tt.in}}
		if got := s.noFindings(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.in, got, tt.want)
		}
	}
}
