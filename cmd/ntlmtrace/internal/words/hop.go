package words

import (
	"fmt"
	"ntlmtrace/analysis/report"
	"strings"
)

// Users names the first users of a hop.
func Users(h *report.Hop) string {
	const shown = 3
	if n := len(h.Users) + h.MoreUsers; n > shown && len(h.Users) >= shown {
		return fmt.Sprintf("%s and %d more", strings.Join(h.Users[:shown], ", "), n-shown)
	}
	return strings.Join(h.Users, ", ")
}

// Findings returns the worst severity of a hop and how many findings it has.
func Findings(h *report.Hop) string {
	if !h.HasFinding {
		return ""
	}
	return fmt.Sprintf("%d, %s", len(h.Findings), strings.ToUpper(h.Worst.String()))
}
