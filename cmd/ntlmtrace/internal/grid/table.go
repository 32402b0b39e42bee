package grid

import (
	"bytes"
	"fmt"
	"io"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"ntlmtrace/cmd/ntlmtrace/internal/term"
)

const (
	// maxCell is the longest text of a cell, in columns of the page: a target
	// of 8 KB must not make every row as wide.
	maxCell = 80
	// minCell is how far a text or a heading is cut to make a table fit the
	// page.
	minCell = 6
)

// Column is one column of a table.
type Column struct {
	Head   string
	Number bool // digits are below each other
	Text   bool // may be cut to make the table fit the page; half an address is none
	Spare  bool // goes if the page is too narrow for all columns
}

// Write draws rows under columns. Cells are made safe here, once for all:
// tablewriter passes escape sequences on to the terminal.
func Write(w io.Writer, l term.Look, columns []Column, rows [][]string) error {
	g := New(columns, rows)
	if l.Width > 0 {
		g.fit(l)
	}
	align := make([]tw.Align, len(g.Columns))
	for i, c := range g.Columns {
		align[i] = tw.AlignLeft
		if c.Number {
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
	t.Header(g.Lines[0])
	if err := t.Bulk(g.Lines[1:]); err != nil {
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
func rendition(l term.Look) tw.Rendition {
	lines := tw.Lines{ShowHeaderLine: tw.On, ShowTop: tw.On, ShowBottom: tw.On}
	if l.Fancy {
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
