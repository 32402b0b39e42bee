// Package grid makes tables fit a page and draws them.
//
//	columns, rows --safe, cut--> Grid --Fit: spare columns go, texts are cut--> --tablewriter--> page
//
// A full-screen view takes the Grid, and draws its lines itself.
package grid

import (
	"slices"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
)

// Grid is a table on its way to a page: safe texts, and how wide they are.
type Grid struct {
	Columns []Column
	Lines   [][]string // the headings, then the rows
	Widths  []int
	Least   []int // how narrow each column can become
}

// New returns a Grid of rows under the headings of columns. Cells are made safe
// here, once for all: tablewriter passes escape sequences on to the terminal.
func New(columns []Column, rows [][]string) *Grid {
	g := &Grid{Columns: slices.Clone(columns), Widths: make([]int, len(columns)), Least: make([]int, len(columns))}
	heads := make([]string, len(columns))
	for i, c := range columns {
		heads[i] = c.Head
		g.Least[i] = min(minCell, len(c.Head))
	}
	for n, row := range append([][]string{heads}, rows...) {
		line := make([]string, len(row))
		for i, text := range row {
			line[i] = cutCell(safe.Text(text), maxCell)
			width := twwidth.Width(line[i])
			g.Widths[i] = max(g.Widths[i], width)
			switch {
			case n == 0:
			case columns[i].Text:
				g.Least[i] = max(g.Least[i], min(width, minCell))
			default:
				g.Least[i] = max(g.Least[i], width)
			}
		}
		g.Lines = append(g.Lines, line)
	}
	return g
}

// fit makes the grid fit the page: columns that can be spared go, the last one
// first, and then the widest texts are cut. A page that is narrower still gets
// a table that is too wide.
func (g *Grid) fit(l term.Look) { g.FitTo(func(n int) int { return textWidth(l, n) }) }

// FitTo is Fit for a page on which n columns have width(n) columns of text.
func (g *Grid) FitTo(width func(n int) int) {
	for i := len(g.Columns) - 1; i >= 0 && Sum(g.Least) > width(len(g.Columns)); i-- {
		if g.Columns[i].Spare {
			g.drop(i)
		}
	}
	g.narrow(width(len(g.Columns)))
	for _, line := range g.Lines {
		for i := range line {
			line[i] = cutCell(line[i], g.Widths[i])
		}
	}
}

// textWidth is what the lines and margins of a table with n columns leave of
// the page.
func textWidth(l term.Look, n int) int {
	if l.Fancy {
		return l.Width - (3*n + 1)
	}
	return l.Width - (3*n - 1)
}

// drop removes column i.
func (g *Grid) drop(i int) {
	g.Columns = slices.Delete(g.Columns, i, i+1)
	g.Widths = slices.Delete(g.Widths, i, i+1)
	g.Least = slices.Delete(g.Least, i, i+1)
	for n, line := range g.Lines {
		g.Lines[n] = slices.Delete(line, i, i+1)
	}
}

// narrow takes from the widest column until all of them fit.
func (g *Grid) narrow(most int) {
	for excess := Sum(g.Widths) - most; excess > 0; excess-- {
		widest := -1
		for i, w := range g.Widths {
			if w > g.Least[i] && (widest < 0 || w > g.Widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		g.Widths[widest]--
	}
}

// Sum returns the sum of widths.
func Sum(list []int) (total int) {
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
