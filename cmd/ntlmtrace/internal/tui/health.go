package tui

import (
	"strings"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

// silence is how long the capture may report nothing before the screen shows
// so: counts that do not move must not pass for an idle network.
const silence = 3 * time.Second

// health writes what is always on the screen: what is captured, how fast, what
// was lost, and what came of it.
func (s *screen) health() []string {
	h := s.live.health
	if h == nil {
		return []string{s.title(), "", ""}
	}
	lines := []string{s.title(), s.flow(s.rates(h)), s.flow(s.totals(h))}
	if unread := words.NotRead(h.Counters); unread != "" && s.height >= 20 {
		lines = append(lines, s.line().add("", " not seen: "+unread).String())
	}
	return lines
}

// title writes the first line: what is captured, and at its end how it goes,
// which matters more where there is room for one of them only.
func (s *screen) title() string {
	state, style := s.going()
	room := s.width - columns(state) - 2
	l := s.line().add(term.StyleBold, fitted(" ntlmtrace live", min(room, 17)))
	if h := s.live.health; h != nil && l.used < room {
		l.add("", fitted(safe.Text(strings.Join(h.Interfaces, ", ")), room-l.used))
	}
	return l.fill("", " ", s.width-columns(state)-1).add(style, state).String()
}

// going returns the state of the capture, and the style of that text.
func (s *screen) going() (state, style string) {
	h := s.live.health
	if h == nil {
		return "waiting for packets", ""
	}
	state = "up " + spanText(h.At.Sub(h.Since))
	if quiet := s.clock.Sub(s.live.healthAt); quiet >= silence {
		state, style = "no word for "+spanText(quiet), styleWarn
	}
	if s.paused {
		state, style = "PAUSED, "+units.Brief(int64(s.news()))+" new  "+state, styleWarn
	}
	return state, style
}

// piece is a part of a line of health; what is least needed is last and left
// out first.
type piece struct {
	style, text string
	width       int // at least, so that the next one does not move with each packet
}

// flow writes pieces beside each other, as many as there is room for.
func (s *screen) flow(pieces []piece) string {
	l := s.line().add("", " ")
	for i, p := range pieces {
		if n := columns(p.text); i > 0 && l.used+n > s.width {
			break
		}
		l.add(p.style, p.text).add("", blanks(max(p.width-columns(p.text), 0)+columnGap))
	}
	return l.String()
}

// rates returns how fast packets come and how many were dropped.
func (s *screen) rates(h *watch.Health) []piece {
	dropped, style := "dropped", ""
	if h.Kernel > 0 || h.Own > 0 {
		dropped, style = "DROPPED", styleWarn
	}
	if s.width < 72 {
		return []piece{
			{style, dropped + " " + units.Brief(h.Kernel) + "+" + units.Brief(h.Own), 0},
			{"", units.Brief(int64(h.PacketRate)) + "/s", 0},
			{"", megabytes(h.ByteRate), 0},
		}
	}
	return []piece{
		{"", units.Brief(int64(h.PacketRate)) + " packets/s", 16},
		{"", megabytes(h.ByteRate), 9},
		{style, dropped + ": " + units.Brief(h.Kernel) + " by kernel, " + units.Brief(h.Own) + " by us", 30},
		{"", "memory " + units.Bytes(h.Memory), 17},
		{"", "in all " + units.Brief(h.Packets) + " packets, " + units.Bytes(h.Bytes), 0},
	}
}

// totals returns the counts of what the packets held.
func (s *screen) totals(h *watch.Health) []piece {
	m := &h.Summary
	if s.width < 72 {
		return []piece{
			{"", units.Brief(m.Connections) + " conns", 0},
			{"", units.Brief(m.Accepted) + " OK", 0},
			{"", units.Brief(m.Denied) + " denied", 0},
			{"", units.Bytes(h.Memory), 0},
		}
	}
	return []piece{
		{"", units.Brief(m.Connections) + " connections", 18},
		{"", units.Brief(m.Handshakes) + " handshakes: " + units.Brief(m.Accepted) + " accepted, " + units.Brief(m.Denied) + " denied" + failed(m), 0},
		{"", units.Brief(m.Requests) + " requests", 0},
	}
}

// failed returns how many handshakes are in trouble beside those that were
// refused.
func failed(m *report.Summary) string {
	text := ""
	if n := m.Troubles.ErrorAfter; n > 0 {
		text += ", " + units.Brief(n) + " with an error"
	}
	if n := m.Troubles.Unanswered; n > 0 {
		text += ", " + units.Brief(n) + " unanswered"
	}
	return text
}
