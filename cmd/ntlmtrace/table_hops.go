package main

import (
	"fmt"
	"ntlmtrace/analysis/report"
	"strconv"
	"strings"
)

var hopColumns = []column{
	{head: "Client"}, {head: "Server"}, {head: "Schemes", text: true, spare: true}, {head: "Users", text: true},
	{head: "Conns", number: true, spare: true}, {head: "Handshakes", number: true},
	{head: "Accepted", number: true}, {head: "Denied", number: true}, {head: "Findings"},
}

// hops lists who talked to whom, the worst first.
func (p *overview) hops(hops report.Hops) error {
	if hops.Len() == 0 {
		return nil
	}
	p.heading("Hops")
	var rows [][]string
	for i, h := range hops.All() {
		if p.settings.limit > 0 && i == p.settings.limit {
			break
		}
		rows = append(rows, hopRow(&h))
	}
	if err := writeTable(p.out, p.look, hopColumns, rows); err != nil {
		return err
	}
	if left := hops.Len() - len(rows); left > 0 {
		p.more(int64(left), "hop")
	}
	return nil
}

func hopRow(h *report.Hop) []string {
	return []string{
		h.Client.String(), h.Server.String(), strings.Join(h.Schemes, " "), usersText(h),
		strconv.Itoa(h.Connections), strconv.Itoa(h.Handshakes), strconv.Itoa(h.Accepted), strconv.Itoa(h.Denied),
		findingsText(h),
	}
}

// usersText names the first users of a hop.
func usersText(h *report.Hop) string {
	const shown = 3
	if n := len(h.Users) + h.MoreUsers; n > shown && len(h.Users) >= shown {
		return fmt.Sprintf("%s and %d more", strings.Join(h.Users[:shown], ", "), n-shown)
	}
	return strings.Join(h.Users, ", ")
}

// findingsText gives the worst severity of a hop and how many findings it has.
func findingsText(h *report.Hop) string {
	if !h.HasFinding {
		return ""
	}
	return fmt.Sprintf("%d, %s", len(h.Findings), strings.ToUpper(h.Worst.String()))
}
