package main

import (
	"cmp"
	"ntlmtrace/analysis/report"
	"slices"
	"strconv"
	"strings"
)

var handshakeColumns = []column{
	{head: "ID", number: true}, {head: "Time", spare: true}, {head: "Client"}, {head: "Server"},
	{head: "Scheme", spare: true}, {head: "User", text: true}, {head: "Target", text: true}, {head: "Outcome"}, {head: "Frames"},
}

// keep holds a handshake back for the end if it is one of the worst. The list
// is cut when it has twice the size, so each handshake costs the same.
func (p *overview) keep(h *report.Handshake) error {
	p.kept++
	p.worst = append(p.worst, *h)
	if limit := p.settings.limit; limit > 0 && len(p.worst) >= 2*limit {
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
	p.cut(p.settings.limit)
	slices.SortFunc(p.worst, func(a, b report.Handshake) int { return cmp.Compare(a.ID, b.ID) })
	p.heading("Handshakes")
	rows := make([][]string, len(p.worst))
	for i := range p.worst {
		rows[i] = p.handshakeRow(&p.worst[i])
	}
	if err := writeTable(p.out, p.look, handshakeColumns, rows); err != nil {
		return err
	}
	if left := p.kept - int64(len(p.worst)); left > 0 {
		p.more(left, "handshake")
	}
	return nil
}

func (p *overview) handshakeRow(h *report.Handshake) []string {
	number := func(frame int64) int64 {
		_, number := p.origins.locate(h.Conn.Source, frame)
		return number
	}
	return []string{
		strconv.FormatInt(h.ID, 10), clockText(h.Time), h.Conn.Client.String(), h.Conn.Server.String(), schemeOf(h),
		userOf(h), h.Target, outcomeOf(h), framesOf(h, number),
	}
}

// schemeOf names the scheme of a handshake, and its mechanism if that is another one.
func schemeOf(h *report.Handshake) string {
	if h.Mechanism != h.Scheme {
		return h.Scheme + " (" + h.Mechanism + ")"
	}
	return h.Scheme
}

// userOf names who logged on.
func userOf(h *report.Handshake) string {
	switch {
	case h.Anonymous:
		return "(anonymous)"
	case h.LocalCall:
		return "(local call)"
	}
	return h.Account()
}

// outcomeOf gives the outcome and the status that says so.
func outcomeOf(h *report.Handshake) string {
	if h.Status != 0 {
		return h.Outcome.String() + " " + strconv.Itoa(h.Status)
	}
	return h.Outcome.String()
}

// framesOf lists the frames of a handshake by the numbers that people know them
// by, each once, with a dash for a message that was not captured: 4 6 8 10.
func framesOf(h *report.Handshake, number func(int64) int64) string {
	f := &h.Frames
	messages := []int64{f.Negotiate, f.Challenge, f.Authenticate, f.Result}
	if h.Mechanism != "NTLM" {
		messages = []int64{f.Authenticate, f.Result}
	}
	texts := make([]string, len(messages))
	for i, frame := range messages {
		texts[i] = "-"
		if frame != 0 {
			texts[i] = strconv.FormatInt(number(frame), 10)
		}
	}
	return strings.Join(texts, " ")
}
