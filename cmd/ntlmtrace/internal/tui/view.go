package tui

import (
	"strings"

	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

// Sizes at which the layout changes.
const (
	bothPanes  = 14 // lines that two lists need
	leastWidth = leastPage
	leastLines = 6
	tallEnough = 16 // lines of a screen that has one for notes
	leastRows  = 4  // of the findings, before there is a preview below them

	enoughForSummaries = 160 // columns of a screen without a preview
)

// view writes the screen: as many lines as the terminal has, none wider than
// it.
func (s *screen) view() string {
	lines := s.lines()
	for len(lines) < s.height {
		lines = append(lines, "")
	}
	return strings.Join(lines[:s.height], "\n")
}

func (s *screen) lines() []string {
	if s.width < leastWidth || s.height < leastLines {
		return []string{s.line().add("", "too small: q quits").String()}
	}
	lines := s.health()
	body := s.height - len(lines) - 1
	var note []string
	if s.height >= tallEnough {
		note = []string{s.lastNote()}
		body--
	}
	lines = append(lines, sized(s.body(body), body)...)
	return append(append(lines, note...), s.footer())
}

// sized makes lines exactly n.
func sized(lines []string, n int) []string {
	for len(lines) < n {
		lines = append(lines, "")
	}
	return lines[:n]
}

// body writes what is between health and footer.
func (s *screen) body(height int) []string {
	switch {
	case s.pager != nil:
		lines := s.pager.show(height - 1)
		return append([]string{s.heading(s.pager.title, s.place(), true)}, lines...)
	case height < bothPanes && s.focus == hopPane:
		return s.hopLinesOf(height)
	case height < bothPanes:
		return s.findingLinesOf(height)
	}
	upper := height * 2 / 3
	lines := sized(s.findingLinesOf(upper), upper)
	return append(lines, s.hopLinesOf(height-upper)...)
}

// place returns which part of the pager is seen.
func (s *screen) place() string {
	p := s.pager
	if p.page >= len(p.lines) {
		return ""
	}
	return "lines " + units.Grouped(int64(p.top+1)) + " to " + units.Grouped(int64(min(p.top+p.page, len(p.lines)))) + " of " + units.Grouped(int64(len(p.lines)))
}

// heading writes the line above a list or a text.
func (s *screen) heading(title, about string, focus bool) string {
	style := term.StyleBold
	if focus {
		style = styleReverse
	}
	rule := s.rule(focus)
	l := s.line().fill(styleDim, rule, 2).add("", " ").add(style, " "+title+" ")
	if about != "" {
		l.add("", " "+about)
	}
	return l.add("", " ").fill(styleDim, rule, s.width).String()
}

// about returns how a list is sorted and what of it is shown.
func (s *screen) about(rows int, order, all string) string {
	if s.filter != "" {
		return units.Grouped(int64(rows)) + " with \"" + safe.Text(s.filter) + "\", " + order
	}
	return all + ", " + order
}

func (s *screen) findingLinesOf(height int) []string {
	n := len(s.findings)
	all := units.Grouped(int64(n))
	if s.shown.cut {
		all = "the worst " + all
	}
	about := s.about(n, findingOrders[s.order[findingPane]].name, all)
	lines := []string{s.heading("Findings", about, s.focus == findingPane)}
	if n == 0 {
		return append(lines, s.line().add("", " "+s.noFindings()).String())
	}
	lines = append(lines, s.findingHead())
	room := height - len(lines)
	var preview []string
	if room >= leastRows+previewLines && s.width < enoughForSummaries {
		preview = s.preview()
	}
	s.pages[findingPane] = room - len(preview)
	from, to := s.lists[findingPane].show(n, s.pages[findingPane])
	for i := from; i < to; i++ {
		lines = append(lines, s.findingRow(s.findings[i], s.stateOf(findingPane, i)))
	}
	return append(sized(lines, height-len(preview)), preview...)
}

// noFindings returns what an empty list means.
func (s *screen) noFindings() string {
	h := s.shown.health
	switch {
	case s.filter != "":
		return "No finding has that in it."
	case h == nil:
		return "Nothing was captured yet."
	case h.Packets == 0:
		return "No packets yet: is this the right interface?"
	}
	sum := h.Summary
	sum.Packets = h.Packets // the analysis knows that at the end only
	return words.NothingFound(&sum, h.Counters)
}

func (s *screen) hopLinesOf(height int) []string {
	n := len(s.hops)
	all := units.Grouped(int64(n))
	if s.shown.hopCount > n {
		all += " of " + units.Grouped(int64(s.shown.hopCount))
	}
	about := s.about(n, hopOrders[s.order[hopPane]].name, all)
	lines := []string{s.heading("Hops", about, s.focus == hopPane)}
	if n == 0 {
		return append(lines, s.line().add("", " "+s.noHops()).String())
	}
	g := s.hopGrid()
	lines = append(lines, s.hopHead(g))
	s.pages[hopPane] = height - len(lines)
	from, to := s.lists[hopPane].show(n, s.pages[hopPane])
	for i := from; i < to; i++ {
		lines = append(lines, s.hopRow(s.hops[i], g, g.Lines[i+1], s.stateOf(hopPane, i)))
	}
	return lines
}

func (s *screen) noHops() string {
	if s.filter != "" {
		return "No hop has that in it."
	}
	return "Nobody has authenticated yet."
}

// lastNote writes the newest note.
func (s *screen) lastNote() string {
	l := s.line()
	if n := len(s.live.notes); n > 0 {
		last := s.live.notes[n-1]
		l.add(styleDim, " "+last.at.Format("15:04:05")+"  ").add("", safe.Text(last.text))
	}
	return l.String()
}

// footer writes the keys, those that nobody may miss first.
func (s *screen) footer() string {
	if s.typing {
		text := safe.Text(s.filter)
		for columns(text) > s.width-12 {
			_, text = splitAt(text, 1+columns(text)-(s.width-12)) // the end is being typed
		}
		return s.line().add(term.StyleBold, " filter: ").add("", text).add(styleReverse, "_").String()
	}
	keys := [][2]string{{"q", "quit"}, {"?", "help"}}
	pause := [2]string{"p", "pause"}
	if s.paused {
		pause[1] = "go on"
	}
	if s.pager != nil {
		keys = append(keys, [2]string{"esc", "back"}, pause, [2]string{"up/down", "scroll"})
	} else {
		keys = append(keys, [2]string{"enter", "evidence"}, pause, [2]string{"s", "sort"}, [2]string{"/", "filter"},
			[2]string{"tab", [...]string{"hops", "findings"}[s.focus]}, [2]string{"n", "notes"})
	}
	l := s.line().add("", " ")
	for _, k := range keys {
		if l.used+len(k[0])+1+len(k[1]) > s.width {
			break
		}
		l.add(term.StyleBold, k[0]).add("", " "+k[1]+"   ")
	}
	return l.String()
}
