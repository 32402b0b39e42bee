package tui

// list is a column of rows of which some are on the screen and one is selected.
type list struct {
	at  int // the selected row
	top int // the first row on the screen
	// selected is the key of that row, whatever place it has after the next
	// sort; nil while the first row is selected, whichever that is: a user who
	// has not moved wants to see what is at the top.
	selected any
}

// follow finds the selected row again after the rows have changed.
func (l *list) follow(n int, key func(int) any) {
	if l.selected == nil {
		l.at = 0
		return
	}
	for i := range n {
		if key(i) == l.selected {
			l.at = i
			return
		}
	}
	l.move(0, n, key) // it is gone: the row in its place
}

// move selects another row of n.
func (l *list) move(by, n int, key func(int) any) {
	l.at = max(min(l.at+by, n-1), 0)
	l.selected = nil
	if l.at > 0 {
		l.selected = key(l.at)
	}
}

// show scrolls so that the selected row of n is on a screen of height rows, and
// returns the rows that are.
func (l *list) show(n, height int) (from, to int) {
	height = max(height, 0)
	l.top = min(l.top, l.at)
	l.top = max(l.top, l.at-height+1)
	l.top = max(min(l.top, n-height), 0)
	return l.top, min(l.top+height, n)
}
