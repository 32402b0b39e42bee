package main

import (
	"slices"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// grid is a table on its way to a page: safe texts, and how wide they are.
type grid struct {
	columns []column
	lines   [][]string // the headings, then the rows
	widths  []int
	least   []int // how narrow each column can become
}

func newGrid(columns []column, rows [][]string) *grid {
	g := &grid{columns: slices.Clone(columns), widths: make([]int, len(columns)), least: make([]int, len(columns))}
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = c.head
		g.least[i] = min(minCell, len(c.head))
	}
	for n, row := range append([][]string{heads}, rows...) {
		line := make([]string, len(row))
		for i, text := range row {
			line[i] = cutCell(safe(text), maxCell)
			width := twwidth.Width(line[i])
			g.widths[i] = max(g.widths[i], width)
			switch {
			case n == 0:
			case columns[i].text:
				g.least[i] = max(g.least[i], min(width, minCell))
			default:
				g.least[i] = max(g.least[i], width)
			}
		}
		g.lines = append(g.lines, line)
	}
	return g
}

// fit makes the grid fit the page: columns that can be spared go, the last one
// first, and then the widest texts are cut. A page that is narrower still gets
// a table that is too wide.
func (g *grid) fit(l look) { g.fitTo(func(n int) int { return room(l, n) }) }

// fitTo is fit for a page on which n columns have the room that is given.
func (g *grid) fitTo(room func(n int) int) {
	for i := len(g.columns) - 1; i >= 0 && sum(g.least) > room(len(g.columns)); i-- {
		if g.columns[i].spare {
			g.drop(i)
		}
	}
	g.narrow(room(len(g.columns)))
	for _, line := range g.lines {
		for i := range line {
			line[i] = cutCell(line[i], g.widths[i])
		}
	}
}

// room is what the lines and margins of a table with n columns leave of the page.
func room(l look, n int) int {
	if l.fancy {
		return l.width - (3*n + 1)
	}
	return l.width - (3*n - 1)
}

// drop removes column i.
func (g *grid) drop(i int) {
	g.columns = slices.Delete(g.columns, i, i+1)
	g.widths = slices.Delete(g.widths, i, i+1)
	g.least = slices.Delete(g.least, i, i+1)
	for n, line := range g.lines {
		g.lines[n] = slices.Delete(line, i, i+1)
	}
}

// narrow takes from the widest column until all of them fit the room.
func (g *grid) narrow(room int) {
	for excess := sum(g.widths) - room; excess > 0; excess-- {
		widest := -1
		for i, w := range g.widths {
			if w > g.least[i] && (widest < 0 || w > g.widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		g.widths[widest]--
	}
}

func sum(list []int) (total int) {
	for _, v := range list {
		total += v
	}
	return total
}

// cutCell cuts a safe text to width columns of the page.
func cutCell(s string, width int) string {
	const dots = "..."
	if twwidth.Width(s) <= width {
		return s
	}
	used := len(dots)
	for i, r := range s {
		if used += twwidth.Width(string(r)); used > width {
			return s[:i] + dots
		}
	}
	return s
}
