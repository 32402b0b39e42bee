package table

import (
	"strconv"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/grid"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

var hopColumns = []grid.Column{
	{Head: "Client"}, {Head: "Server"}, {Head: "Schemes", Text: true, Spare: true}, {Head: "Users", Text: true},
	{Head: "Conns", Number: true, Spare: true}, {Head: "Handshakes", Number: true},
	{Head: "Accepted", Number: true}, {Head: "Denied", Number: true}, {Head: "Findings"},
}

// hops lists who talked to whom, the worst first.
func (p *overview) hops(hops *report.Hops) error {
	if hops.Len() == 0 {
		return nil
	}
	p.heading("Hops")
	var rows [][]string
	for i, h := range hops.All() {
		if p.limit > 0 && i == p.limit {
			break
		}
		rows = append(rows, hopRow(&h))
	}
	if err := grid.Write(p.out, p.look, hopColumns, rows); err != nil {
		return err
	}
	if left := hops.Len() - len(rows); left > 0 {
		p.more(int64(left), "hop")
	}
	return nil
}

func hopRow(h *report.Hop) []string {
	return []string{
		h.Client.String(), h.Server.String(), strings.Join(h.Schemes, " "), words.Users(h),
		strconv.Itoa(h.Connections), strconv.Itoa(h.Handshakes), strconv.Itoa(h.Accepted), strconv.Itoa(h.Denied),
		words.Findings(h),
	}
}
