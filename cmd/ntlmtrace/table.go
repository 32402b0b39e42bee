package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

const (
	// maxCell is the longest text of a cell, in columns of the page: a target of
	// 8 KB must not make every row as wide.
	maxCell = 80
	// minCell is how far a text or a heading is cut to make a table fit the page.
	minCell = 6
)

// column is one column of a table.
type column struct {
	head   string
	number bool // digits stand below each other
	text   bool // may be cut to make the table fit the page; half an address is none
	spare  bool // goes if the page is too narrow for all columns
}

// writeTable draws rows under columns. Cells are made safe here, once for all:
// tablewriter passes escape sequences on to the terminal.
func writeTable(w io.Writer, l look, columns []column, rows [][]string) error {
	g := newGrid(columns, rows)
	if l.width > 0 {
		g.fit(l)
	}
	align := make([]tw.Align, len(g.columns))
	for i, c := range g.columns {
		align[i] = tw.AlignLeft
		if c.number {
			align[i] = tw.AlignRight
		}
	}
	var page bytes.Buffer
	t := tablewriter.NewTable(&page,
		tablewriter.WithRenderer(renderer.NewBlueprint(rendition(l))),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithTrimSpace(tw.Off),
	)
	t.Header(g.lines[0])
	if err := t.Bulk(g.lines[1:]); err != nil {
		return err
	}
	if err := t.Render(); err != nil {
		return err
	}
	return writeTrimmed(w, page.Bytes())
}

// writeTrimmed writes lines without the blanks that fill the last column.
func writeTrimmed(w io.Writer, page []byte) error {
	for line := range bytes.Lines(page) {
		if _, err := fmt.Fprintf(w, "%s\n", bytes.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// rendition is a box on a terminal, and elsewhere columns under a line.
func rendition(l look) tw.Rendition {
	lines := tw.Lines{ShowHeaderLine: tw.On, ShowTop: tw.On, ShowBottom: tw.On}
	if l.fancy {
		return tw.Rendition{
			Symbols:  tw.NewSymbols(tw.StyleLight),
			Settings: tw.Settings{Lines: lines},
		}
	}
	return tw.Rendition{
		Symbols:  tw.NewSymbols(tw.StyleASCII),
		Borders:  tw.Border{Left: tw.Off, Right: tw.Off, Top: tw.Off, Bottom: tw.Off},
		Settings: tw.Settings{Lines: lines},
	}
}
