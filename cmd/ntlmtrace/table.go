package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// maxCell is the longest text of a cell where the page has no width of its own:
// a target of 8 KB must not make every row as wide.
const maxCell = 80

// column is one column of a table.
type column struct {
	head  string
	right bool // numbers: the digits stand below each other
}

// writeTable draws rows under columns. Cells are made safe here, once for all:
// tablewriter passes escape sequences on to the terminal.
func writeTable(w io.Writer, l look, columns []column, rows [][]string) error {
	align := make([]tw.Align, len(columns))
	heads := make([]any, len(columns))
	for i, c := range columns {
		heads[i] = c.head
		align[i] = tw.AlignLeft
		if c.right {
			align[i] = tw.AlignRight
		}
	}
	var page bytes.Buffer
	t := tablewriter.NewTable(&page,
		tablewriter.WithRenderer(renderer.NewBlueprint(rendition(l))),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAutoWrap(tw.WrapBreak),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithMaxWidth(l.width),
	)
	t.Header(heads...)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, text := range row {
			cells[i] = shorten(text, maxCell)
		}
		if err := t.Append(cells); err != nil {
			return err
		}
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
