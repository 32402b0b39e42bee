package analysis_test

import (
	"bytes"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/capture/file"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
)

// TestOldHopsLeave plays an hour of logons, each from another client, with little
// memory: the newest are listed, and what was forgotten is counted.
func TestOldHopsLeave(t *testing.T) {
	const clients = 5000
	var got int
	a := analysis.New(analysis.Options{MaxMemory: 1 << 20}, analysis.Output{Handshake: func(*report.Handshake) { got++ }})
	at := func(i int) capture.Stamp { return capture.Stamp{Frame: int64(i + 1), Time: 1e18 + int64(i)*1e9} }
	for i := range clients {
		c := &auth.Conn{
			ID: int64(i), Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, byte(i >> 8), byte(i)}), 50000),
			Server: netip.MustParseAddrPort("10.2.0.1:80"),
		}
		x := analysistest.Request(c, 0, at(i), auth.Credentials{Scheme: "Bearer"})
		a.Request(x)
		analysistest.Answer(x, at(i), 200)
		a.Exchange(x)
		a.Closed(c, at(i), capture.Finished, false)
	}
	r := a.End(nil)
	if got != clients || r.Summary.Handshakes != clients {
		t.Errorf("%d handshakes were given out and %d counted, want %d", got, r.Summary.Handshakes, clients)
	}
	listed, last := r.Hops.Len(), false
	var counted int
	for _, h := range r.Hops.All() {
		counted += h.Handshakes
		last = last || h.Client == netip.MustParseAddr("10.9.19.135") // number 4999
	}
	if listed == 0 || listed > 3000 || !last {
		t.Errorf("%d hops are listed, the newest: %t", listed, last)
	}
	if forgotten := r.Summary.NotRead.ForgottenEarly; int(forgotten) < clients-counted {
		t.Errorf("%d handshakes are in the hops, %d are said to be forgotten, of %d", counted, forgotten, clients)
	}
}

// TestReview asks in between what stands at the end of a capture: it is said
// once, and not again as long as it stays the same.
func TestReview(t *testing.T) {
	files, err := filepath.Glob("../samples/clock-skew/hit-*.pcap")
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		told := map[string]int{}
		out := analysis.Output{Finding: func(f *report.Finding) { told[f.Rule.ID]++ }}
		report := review(t, b, out, 3)
		if told["clock-skew"] != 1 {
			t.Errorf("%s: clock-skew was told %d times in three reviews and at the end", name, told["clock-skew"])
		}
		for _, f := range report.Findings {
			if f.Rule.ID == "clock-skew" && f.Count != 1 {
				t.Errorf("%s: clock-skew counts %d", name, f.Count)
			}
		}
	}
}

// review reads a capture and asks for n reviews before its end.
func review(t *testing.T, b []byte, out analysis.Output, n int) report.Report {
	t.Helper()
	s, err := file.NewSource("test.pcap", bytes.NewReader(b), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a := analysis.New(analysis.Options{}, out)
	d := decode.NewDecoder(0, a, decode.Limits{})
	asm := tcp.NewAssembler(tcp.AssemblerOptions{}, d)
	var p capture.Packet
	for err = s.Next(&p); err == nil; err = s.Next(&p) {
		asm.Packet(&p)
		a.Advance(p.Time)
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	asm.Close()
	sources := []analysis.SourceReport{{Name: "test.pcap", Capture: asm.Stats(), Decode: d.Stats()}}
	for range n {
		a.Review(sources)
	}
	return a.End(sources)
}
