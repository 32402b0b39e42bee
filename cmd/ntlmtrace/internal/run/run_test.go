package run_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/run"
	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
	"ntlmtrace/cmd/ntlmtrace/internal/write"
)

// TestRun reads a sample by its name and from standard input: handshakes and
// findings come while it is read, the result at the end.
func TestRun(t *testing.T) {
	name := filepath.Join(samplestest.Dir(t), "double-hop.pcap")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []run.Options{{Names: []string{name}}, {Names: []string{"-"}, Stdin: bytes.NewReader(text)}} {
		var warnings strings.Builder
		o.Notes = notes.To(&warnings)
		o.Write = write.Options{Name: filepath.Join(t.TempDir(), "kept.pcapng")}
		r := run.New(o)
		handshakes, findings := 0, 0
		res, err := r.Do(t.Context(), run.Output{
			Handshake: func(*report.Handshake) error { handshakes++; return nil },
			Finding:   func(*report.Finding) error { findings++; return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		if handshakes != 2 || findings != 1 || len(res.Report.Findings) != 1 || res.Interrupted {
			t.Errorf("%s: %d handshakes, %d findings, result %+v", o.Names, handshakes, findings, res)
		}
		if s := res.Sources[0]; s.Packets != 22 || s.Name != o.Names[0] {
			t.Errorf("%s: source %+v", o.Names, s)
		}
		if w := res.Written; w == nil || w.Packets != 22 || !strings.Contains(warnings.String(), "wrote 22 packets of 2 connections") {
			t.Errorf("%s: written %+v, notes %q", o.Names, w, &warnings)
		}
		if file, number := r.Places().Locate(0, 8); file != o.Names[0] || number != 8 {
			t.Errorf("frame 8 is %d of %s", number, file)
		}
	}
}

// TestRunEndsEarly holds how a run ends that cannot go on: by its context, by
// an error of the output, or because there is nothing to read.
func TestRunEndsEarly(t *testing.T) {
	name := filepath.Join(samplestest.Dir(t), "double-hop.pcap")
	var warnings strings.Builder
	o := run.Options{Names: []string{name}, Notes: notes.To(&warnings)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	res, err := run.New(o).Do(ctx, run.Output{})
	if err != nil || !res.Interrupted {
		t.Errorf("without time: %+v, %v", res, err)
	}
	full := errors.New("the disk is full")
	if _, err := run.New(o).Do(t.Context(), run.Output{Finding: func(*report.Finding) error { return full }}); !errors.Is(err, full) {
		t.Errorf("an output that fails: %v", err)
	}
	o.Names = []string{filepath.Join(t.TempDir(), "missing.pcap")}
	if _, err := run.New(o).Do(t.Context(), run.Output{}); !errors.Is(err, run.ErrNothingRead) || !strings.Contains(warnings.String(), "missing.pcap") {
		t.Errorf("no file: %v, notes %q", err, &warnings)
	}
}
