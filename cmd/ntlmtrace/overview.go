package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"ntlmtrace/analysis/report"
	"slices"
)

var tableFormat = format{
	name:  "table",
	about: "for people",
	open: func(w io.Writer, s *settings, o *origins) printer {
		p := &overview{out: bufio.NewWriter(w), look: lookOf(w, s), settings: s, origins: o}
		list := printer{end: p.end}
		if s.handshakes {
			list.handshake = p.keep
		}
		return list
	},
}

// overview prints for people, in the order in which they ask: what did I give
// it, what is wrong, who talked to whom, what could not be seen.
type overview struct {
	out      *bufio.Writer
	look     look
	settings *settings
	origins  *origins

	worst []report.Handshake // with --handshakes: at most twice --limit
	kept  int64              // how many handshakes there were
}

func (p *overview) end(r *result) error {
	p.given(r)
	p.findings(r)
	if err := p.hops(r.report.Hops); err != nil {
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
func (p *overview) heading(text string) { p.printf("\n%s\n", p.look.bold(text)) }

// given says what was read, in one line, and one more for each of several files.
func (p *overview) given(r *result) {
	for _, s := range r.sources {
		p.printf("%s\n", safe(sourceLine(s)))
	}
	s := &r.report.Summary
	p.printf("%s, %s, %s: %s accepted, %s denied%s\n",
		count(s.Connections, "connection"), count(s.Requests, "request"), count(s.Handshakes, "handshake"),
		grouped(s.Accepted), grouped(s.Denied), openText(s))
}

func sourceLine(s *sourceReport) string {
	line := s.name + ": " + count(s.packets, "packet")
	if s.filtered > 0 {
		line += ", " + grouped(s.filtered) + " of them filtered out"
	}
	line += ", " + byteText(s.bytes)
	if s.packets > 0 {
		line += ", " + clockText(s.first) + " to " + clockText(s.last)
	}
	if s.truncated {
		line += ", damaged"
	}
	return line
}

func (p *overview) findings(r *result) {
	s := &r.report.Summary
	list := r.report.Findings
	if len(list) == 0 {
		text := healthText(s)
		if s.Packets == 0 && slices.ContainsFunc(r.sources, func(s *sourceReport) bool { return s.filtered > 0 }) {
			text = "No packet matches the filter: nothing can be said."
		}
		p.printf("\n%s\n", text)
		return
	}
	for i, f := range list {
		if p.settings.limit > 0 && i == p.settings.limit {
			p.more(int64(len(list)-i), "finding")
			break
		}
		p.out.WriteByte('\n')
		writeFinding(p.out, p.look, f, p.origins)
	}
}

// healthText says what no findings mean: that nothing is wrong is one thing,
// that nothing could be seen another.
func healthText(s *report.Summary) string {
	n := &s.NotRead
	switch {
	case s.Handshakes > 0:
		return "Nothing wrong was found in " + count(s.Handshakes, "handshake") + openText(s) + "."
	case s.Requests > 0:
		return "No authentication was seen: nothing can be said."
	case n.TLSConnections > 0 && n.HTTP2Connections == 0:
		return "No HTTP could be read, only TLS: nothing can be said."
	case s.Packets == 0:
		return "The capture holds no packets."
	}
	return "No HTTP was seen: nothing can be said."
}

// openText says how many handshakes have no outcome in the capture.
func openText(s *report.Summary) string {
	if n := s.Handshakes - s.Accepted - s.Denied; n > 0 {
		return ", " + grouped(n) + " of them without an outcome"
	}
	return ""
}

// more says how many rows a table left out.
func (p *overview) more(n int64, what string) {
	p.printf("and %s more (--limit)\n", count(n, what))
}

// unseen says what could not be read. Silence must not look like health.
func (p *overview) unseen(r *result) {
	rows := unseenRows(r)
	if len(rows) == 0 {
		return
	}
	p.heading("Not seen")
	for _, row := range rows {
		p.printf("%8d  %s\n", row.n, safe(row.what))
	}
}

type unseenRow struct {
	n    int64
	what string
}

func unseenRows(r *result) []unseenRow {
	n := &r.report.Summary.NotRead
	rows := []unseenRow{
		{n.TLSConnections, "TLS connections, not decrypted"},
		{n.HTTP2Connections, "HTTP/2 connections, not decoded"},
		{r.kernelDrops(), "packets that the capturing machine dropped (live: --ring)"},
		{r.unwritten, "lines of output that could not be written"},
		{n.Gaps, "gaps in streams: packets that were not captured"},
		{n.CutPackets, "packets cut by the capture (capture with -s 0)"},
		{n.OneSided, "connections of which one direction was captured"},
		{n.Evicted, "connections dropped to keep within the memory limit (--max-memory)"},
		{n.DroppedBytes, "bytes out of order dropped to keep within the memory limit (--max-memory)"},
		{n.ForgottenEarly, "handshakes forgotten early to keep within the memory limit (--max-memory)"},
		{n.Duplicates, "packets captured twice, counted once"},
		{n.Copies, "handshakes captured twice under other addresses, counted once"},
	}
	for _, reason := range slices.Sorted(maps.Keys(n.NotDecoded)) {
		rows = append(rows, unseenRow{n.NotDecoded[reason], "packets not decoded: " + reason})
	}
	return slices.DeleteFunc(rows, func(r unseenRow) bool { return r.n == 0 })
}
