package tui

// Styles of a screen beside those of look.go. Each also has a sign of its own
// for those who see no colour: the selected row a mark, losses capitals.
const (
	styleReverse = "\x1b[7m"
	styleDim     = "\x1b[2m"
	styleWarn    = "\x1b[1;33m"
)

// marker is the margin in which the selected row is marked.
const marker = 2

// line begins a line of the screen.
func (s *screen) line() *line { return &line{look: s.look, width: s.width} }

// rowState is how a row of a list is marked.
type rowState uint8

const (
	otherRow    rowState = iota
	selectedRow          // in the list to which keys do not go
	focusedRow           // selected, in the list to which they go
)

// stateOf returns the state of row i of a pane.
func (s *screen) stateOf(pane, i int) rowState {
	switch {
	case i != s.lists[pane].at:
		return otherRow
	case pane != s.focus:
		return selectedRow
	}
	return focusedRow
}

// row begins a row of a list.
func (s *screen) row(r rowState) *line {
	switch r {
	case focusedRow:
		return s.line().add(styleReverse, "> ")
	case selectedRow:
		return s.line().add("", "> ")
	}
	return s.line().add("", blanks(marker))
}

// rule returns the character of horizontal lines.
func (s *screen) rule(strong bool) string {
	switch {
	case s.look.Fancy && strong:
		return "━"
	case s.look.Fancy:
		return "─"
	case strong:
		return "="
	}
	return "-"
}
