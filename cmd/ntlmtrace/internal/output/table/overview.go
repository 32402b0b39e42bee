// Package table prints tables and findings for people.
//
//	Handshake --keep the worst--> -+
//	Result ------------------------+--> what was read, findings, hops, handshakes, what was not read
package table

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/output/format"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

// Format is tables and findings for people.
var Format = format.Format{
	Name:  "table",
	About: "for people",
	Open: func(w io.Writer, o format.Options) format.Printer {
		p := &overview{out: bufio.NewWriter(w), look: o.Page.Look(w), limit: o.Limit, places: o.Places}
		list := format.Printer{End: p.end}
		if o.Handshakes {
			list.Handshake = p.keep
		}
		return list
	},
}

// overview prints for people, in the order in which they ask: what was read,
// what is wrong, who talked to whom, what could not be seen.
type overview struct {
	out    *bufio.Writer
	look   term.Look
	limit  int // rows of a table; 0 has no limit
	places result.Locator

	worst []report.Handshake // with --handshakes: at most twice --limit
	kept  int64              // how many handshakes there were
}

func (p *overview) end(r *result.Result) error {
	p.given(r)
	p.findings(r)
	if err := p.hops(&r.Report.Hops); err != nil {
		return err
	}
	if err := p.handshakes(); err != nil {
		return err
	}
	p.unseen(r)
	return p.out.Flush()
}

// printf writes one or more lines. Errors of the writer stay in it until Flush.
func (p *overview) printf(format string, args ...any) { fmt.Fprintf(p.out, format, args...) }

// heading begins a part.
func (p *overview) heading(text string) { p.printf("\n%s\n", p.look.Bold(text)) }

// given writes what was read, in one line, and one more for each of several
// files.
func (p *overview) given(r *result.Result) {
	for _, s := range r.Sources {
		p.printf("%s\n", safe.Text(sourceLine(s)))
	}
	if text := words.Groups(r.Sources); text != "" {
		p.printf("%s\n", text)
	}
	s := &r.Report.Summary
	p.printf("%s, %s, %s: %s accepted, %s denied%s\n",
		units.Count(s.Connections, "connection"), units.Count(s.Requests, "request"), units.Count(s.Handshakes, "handshake"),
		units.Grouped(s.Accepted), units.Grouped(s.Denied), words.Unfinished(s))
}

func sourceLine(s *result.Source) string {
	line := s.Name + ": "
	if s.Group > 0 {
		line += "group " + strconv.Itoa(s.Group) + ", "
	}
	line += units.Count(s.Packets, "packet")
	if s.Filtered > 0 {
		line += ", " + units.Grouped(s.Filtered) + " of them filtered out"
	}
	line += ", " + units.Bytes(s.Bytes)
	if s.Packets > 0 {
		line += ", " + units.Clock(s.First) + " to " + units.Clock(s.Last)
	}
	if s.Truncated {
		line += ", damaged"
	}
	return line
}

func (p *overview) findings(r *result.Result) {
	s := &r.Report.Summary
	list := r.Report.Findings
	if len(list) == 0 {
		text := words.NothingFound(s, r.Counters)
		if s.Packets == 0 && slices.ContainsFunc(r.Sources, func(s *result.Source) bool { return s.Filtered > 0 }) {
			text = "No packet matches the filter: nothing can be said."
		}
		p.printf("\n%s\n", text)
		return
	}
	for i, f := range list {
		if p.limit > 0 && i == p.limit {
			p.more(int64(len(list)-i), "finding")
			break
		}
		p.out.WriteByte('\n')
		words.WriteFinding(p.out, p.look, f, p.places)
	}
	if text := words.Unexplained(s); text != "" {
		p.printf("\n%s\n", text)
	}
}

// more writes how many rows a table left out.
func (p *overview) more(n int64, what string) {
	p.printf("and %s more (--limit)\n", units.Count(n, what))
}

// unseen writes what could not be read. Silence must not look like health.
func (p *overview) unseen(r *result.Result) {
	seen := r.Counters.Seen()
	if len(seen) == 0 {
		return
	}
	p.heading("Not seen")
	for _, c := range seen {
		p.printf("%8d  %s\n", c.Value, safe.Text(c.Words))
	}
}
