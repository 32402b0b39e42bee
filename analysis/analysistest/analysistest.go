// Package analysistest runs captures through the whole pipeline, for tests.
package analysistest

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/capture/file"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
)

// Result is what an analysis gave.
type Result struct {
	report.Report
	Handshakes []report.Handshake // in the order in which they were reported
	Revisions  []report.Finding   // every finding each time that it was reported to the output
}

// Read analyses the capture in b.
func Read(b []byte, o analysis.Options) (Result, error) {
	var out Result
	s, err := file.NewSource("test.pcap", bytes.NewReader(b), capture.Limits{})
	if err != nil {
		return out, err
	}
	defer s.Close()
	var d *decode.Decoder
	o.Open = func() []*auth.Exchange { return d.Open() }
	a := out.analysis(o)
	d = decode.NewDecoder(0, a, decode.Limits{})
	report, err := follow(s, a, d)
	out.Report = a.End([]analysis.SourceReport{report})
	return out, err
}

// analysis returns one that reports to r what it finds.
func (r *Result) analysis(o analysis.Options) *analysis.Analysis {
	return analysis.New(o, analysis.Output{
		Handshake: func(h *report.Handshake) { r.Handshakes = append(r.Handshakes, *h) },
		Finding:   func(f *report.Finding) { r.Revisions = append(r.Revisions, *f) },
	})
}

// follow reads everything in s into a, through d.
func follow(s *file.Source, a *analysis.Analysis, d *decode.Decoder) (analysis.SourceReport, error) {
	asm := tcp.NewAssembler(tcp.AssemblerOptions{}, d)
	var p capture.Packet
	err := s.Next(&p)
	for ; err == nil; err = s.Next(&p) {
		asm.Packet(&p)
		a.Advance(p.Time)
	}
	asm.Close()
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return analysis.SourceReport{Name: filepath.Base(s.Name()), Capture: asm.Stats(), Decode: d.Stats()}, err
}
