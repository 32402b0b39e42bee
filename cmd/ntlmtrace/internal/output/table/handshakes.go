package table

import (
	"cmp"
	"slices"
	"strconv"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/grid"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

var handshakeColumns = []grid.Column{
	{Head: "ID", Number: true}, {Head: "Time", Spare: true}, {Head: "Client"}, {Head: "Server"},
	{Head: "Scheme", Spare: true}, {Head: "User", Text: true}, {Head: "Target", Text: true}, {Head: "Outcome"}, {Head: "Frames"},
}

// keep holds a handshake back for the end if it is one of the worst. The list
// is cut when it has twice the size, so each handshake costs the same.
func (p *overview) keep(h *report.Handshake) error {
	p.kept++
	p.worst = append(p.worst, *h)
	if limit := p.limit; limit > 0 && len(p.worst) >= 2*limit {
		p.cut(limit)
	}
	return nil
}

func (p *overview) cut(limit int) {
	slices.SortStableFunc(p.worst, func(a, b report.Handshake) int {
		return cmp.Compare(outcomeRank[a.Outcome], outcomeRank[b.Outcome])
	})
	if limit > 0 && len(p.worst) > limit {
		clear(p.worst[limit:]) // what they hold is free again
		p.worst = p.worst[:limit]
	}
}

// outcomeRank orders handshakes from worst to best.
var outcomeRank = [...]int{
	report.Denied:     0,
	report.Incomplete: 1,
	report.Unknown:    2,
	report.Accepted:   3,
}

// handshakes lists the worst handshakes in the order of the capture.
func (p *overview) handshakes() error {
	if p.kept == 0 {
		return nil
	}
	p.cut(p.limit)
	slices.SortFunc(p.worst, func(a, b report.Handshake) int { return cmp.Compare(a.ID, b.ID) })
	p.heading("Handshakes")
	rows := make([][]string, len(p.worst))
	for i := range p.worst {
		rows[i] = p.handshakeRow(&p.worst[i])
	}
	if err := grid.Write(p.out, p.look, handshakeColumns, rows); err != nil {
		return err
	}
	if left := p.kept - int64(len(p.worst)); left > 0 {
		p.more(left, "handshake")
	}
	return nil
}

func (p *overview) handshakeRow(h *report.Handshake) []string {
	number := func(frame int64) int64 {
		_, number := p.places.Locate(h.Conn.Source, frame)
		return number
	}
	return []string{
		strconv.FormatInt(h.ID, 10), units.Clock(h.Time), h.Conn.Client.String(), h.Conn.Server.String(), words.Scheme(h),
		words.User(h), h.Target, words.Outcome(h), words.Frames(h, number),
	}
}
