package tui

import (
	"bytes"
	"fmt"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

// pager is a text over the lists that can be scrolled: the evidence of a
// finding, the notes, the help.
type pager struct {
	title string
	// fill returns the lines, each not wider than width. It is called again
	// when what they are about may have changed.
	fill  func(s *screen, width int) []string
	lines []string
	top   int
	page  int  // lines of it on the screen
	end   bool // begin at the last line
}

// leastPage is how narrow a text is broken. A screen that is narrower shows
// none, see view.
const leastPage = 20

func (s *screen) open(p *pager) {
	s.pager = p
	s.refill()
	if p.end {
		p.top = len(p.lines) // show brings it back
	}
}

// refill writes the lines of the pager again.
func (s *screen) refill() {
	if s.pager != nil {
		s.pager.lines = s.pager.fill(s, max(s.width, leastPage))
	}
}

// turn takes a key in the pager.
func (s *screen) turn(key string) {
	p := s.pager
	switch key {
	case "esc", "enter", "backspace", "left":
		s.pager = nil
	case "up", "k":
		p.top--
	case "down", "j":
		p.top++
	case "pgup":
		p.top -= max(p.page-1, 1)
	case "pgdown":
		p.top += max(p.page-1, 1)
	case "home", "g":
		p.top = 0
	case "end", "G":
		p.top = len(p.lines)
	default:
		s.common(key)
	}
	p.bound()
}

func (p *pager) bound() { p.top = max(min(p.top, len(p.lines)-p.page), 0) }

// show returns the lines that are on a screen of height lines.
func (p *pager) show(height int) []string {
	p.page = max(height, 0)
	p.bound()
	return p.lines[p.top:min(p.top+p.page, len(p.lines))]
}

// openRow opens what proves the selected row.
func (s *screen) openRow() {
	at := s.lists[s.focus].at
	if at >= s.rows(s.focus) {
		return
	}
	if s.focus == hopPane {
		s.open(hopPager(s.hops[at]))
		return
	}
	f := s.findings[at]
	s.open(&pager{
		title: fmt.Sprintf("Finding %d", f.ID),
		fill: func(s *screen, width int) []string {
			// Latest is what was said last: it stays when the board has
			// forgotten it.
			if latest := s.findingWith(f.ID); latest != nil {
				f = latest
			}
			return s.evidence(f, width)
		},
	})
}

// hopPager shows a hop and all findings about it.
func hopPager(h *report.Hop) *pager {
	return &pager{
		title: "Hop " + h.Client.String() + " -> " + h.Server.String(),
		fill: func(s *screen, width int) []string {
			for i := range s.shown.hops {
				if now := &s.shown.hops[i]; keyOf(now) == keyOf(h) {
					h = now
				}
			}
			return s.hopLines(h, width)
		},
	}
}

func (s *screen) hopLines(h *report.Hop, width int) []string {
	var page bytes.Buffer
	fmt.Fprintf(&page, "%s, %s: %s accepted, %s denied\n", units.Count(int64(h.Connections), "connection"),
		units.Count(int64(h.Handshakes), "handshake"), units.Grouped(int64(h.Accepted)), units.Grouped(int64(h.Denied)))
	plain := term.Look{Fancy: s.look.Fancy}
	words.WritePart(&page, plain, "Schemes", strings.Join(h.Schemes, ", "))
	words.WritePart(&page, plain, "Users", strings.Join(h.Users, ", ")+moreUsers(h))
	lines := paged(page.String(), width)
	for _, id := range h.Findings {
		if f := s.findingWith(id); f != nil && !f.Withdrawn {
			lines = append(append(lines, ""), s.evidence(f, width)...)
		}
	}
	return lines
}

func moreUsers(h *report.Hop) string {
	if h.MoreUsers == 0 {
		return ""
	}
	return " and " + units.Grouped(int64(h.MoreUsers)) + " more"
}

// evidence prints a finding.
func (s *screen) evidence(f *boardFinding, width int) []string {
	var page bytes.Buffer
	if f.Withdrawn {
		fmt.Fprintf(&page, "%s: a more specific finding has taken its place, or what was seen later speaks against it\n\n", s.look.Bold("Withdrawn"))
	}
	words.WriteFinding(&page, term.Look{Fancy: s.look.Fancy}, f.Finding, f.places)
	return paged(page.String(), width)
}

// paged breaks a text into lines of a screen.
func paged(text string, width int) []string {
	var lines []string
	for l := range strings.Lines(text) {
		l = strings.TrimRight(l, " \n")
		hang := words.Indent
		if strings.HasPrefix(l, blanks(words.Indent)) && width >= 60 {
			hang = words.Indent + words.Label
		}
		lines = append(lines, wrapStyled(l, width, hang)...)
	}
	return lines
}

// noteLines lists what happened to the capture.
func noteLines(s *screen, width int) []string {
	if len(s.live.notes) == 0 {
		return []string{"Nothing to note."}
	}
	var lines []string
	for _, n := range s.live.notes {
		lines = append(lines, wrapStyled(n.at.Format("15:04:05")+"  "+safe.Text(n.text), width, 10)...)
	}
	return lines
}

// help is what the keys do.
var help = [][2]string{
	{"up, down", "select a row, or scroll; also k and j"},
	{"pgup, pgdown", "a page up or down"},
	{"home, end", "the first or the last row; also g and G"},
	{"tab", "go to the other list"},
	{"enter", "what proves the finding, or all findings of the hop"},
	{"esc", "back; in the lists: no filter any more"},
	{"s", "sort the list by something else"},
	{"/", "show only rows with a text in them; enter keeps it, esc ends it"},
	{"p, space", "hold the lists still, and go on; the capture never stops"},
	{"n", "notes: what happened to the capture"},
	{"q, ctrl-c", "end the capture and print the final tables"},
}

func helpLines(s *screen, width int) []string {
	var lines []string
	for _, h := range help {
		text := s.look.Bold(h[0]) + blanks(14-len(h[0])) + h[1]
		lines = append(lines, wrapStyled(text, width, 14)...)
	}
	about := []string{
		"",
		"A finding keeps its row when it is corrected; its count goes up in doublings. The first row stays selected until you move.",
		fmt.Sprintf("The screen keeps the %d worst findings and %d hops, the final tables all of them.", maxBoardFindings, maxBoardHops),
		"Dropped packets are evidence that is missing: by kernel, they came faster than they were read; by us, a limit was reached.",
	}
	for _, a := range about {
		lines = append(lines, wrapStyled(a, width, 0)...)
	}
	return lines
}
