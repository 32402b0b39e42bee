package tui

import (
	"strings"
	"unicode/utf8"

	"ntlmtrace/cmd/ntlmtrace/internal/safe"
)

// maxFilter bounds the text of a filter: somebody may paste a book.
const maxFilter = 100

// press takes a key by the name that it has in bubbletea, with the text that it
// types. It reports whether the user wants to end.
func (s *screen) press(key, text string) (quit bool) {
	switch {
	case key == "ctrl+c":
		return true
	case s.typing:
		s.edit(key, text)
	case key == "q":
		return true
	case s.pager != nil:
		s.turn(key)
	default:
		s.browse(key)
	}
	return false
}

// common takes the keys that are the same in the lists and over them.
func (s *screen) common(key string) {
	switch key {
	case "p", "space":
		s.paused = !s.paused
		if !s.paused {
			s.tick(s.clock)
		}
	case "?":
		s.open(&pager{title: "Help", fill: helpLines})
	case "n":
		s.open(&pager{title: "Notes", fill: noteLines, end: true})
	}
}

// browse takes a key in the lists.
func (s *screen) browse(key string) {
	l, n, k := &s.lists[s.focus], s.rows(s.focus), s.key(s.focus)
	page := max(s.pages[s.focus]-1, 1)
	switch key {
	case "up", "k":
		l.move(-1, n, k)
	case "down", "j":
		l.move(1, n, k)
	case "pgup":
		l.move(-page, n, k)
	case "pgdown":
		l.move(page, n, k)
	case "home", "g":
		l.move(-n, n, k)
	case "end", "G":
		l.move(n, n, k)
	case "tab", "shift+tab":
		s.focus = (s.focus + 1) % panes
	case "s":
		s.sort()
	case "/":
		s.typing = true
	case "esc":
		s.setFilter("")
	case "enter":
		s.openRow()
	default:
		s.common(key)
	}
}

// sort goes on to the next order of the pane.
func (s *screen) sort() {
	orders := len(findingOrders)
	if s.focus == hopPane {
		orders = len(hopOrders)
	}
	s.order[s.focus] = (s.order[s.focus] + 1) % orders
	s.board.sortHops(s.order[hopPane])
	s.arrange()
}

// edit takes a key while the filter is typed.
func (s *screen) edit(key, text string) {
	switch key {
	case "enter":
		s.typing = false
	case "esc":
		s.typing = false
		s.setFilter("")
	case "backspace", "ctrl+h":
		_, n := utf8.DecodeLastRuneInString(s.filter)
		s.setFilter(s.filter[:len(s.filter)-n])
	case "ctrl+u":
		s.setFilter("")
	default:
		s.paste(text)
	}
}

// paste adds text to the filter that is being typed.
func (s *screen) paste(text string) {
	if !s.typing {
		return
	}
	for _, r := range text {
		if !safe.Invisible(r) && utf8.RuneCountInString(s.filter) < maxFilter {
			s.filter += string(r)
		}
	}
	s.setFilter(s.filter)
}

func (s *screen) setFilter(text string) {
	s.filter = strings.TrimLeft(text, " ")
	s.arrange()
}
