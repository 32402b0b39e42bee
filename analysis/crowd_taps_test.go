package analysis_test

import (
	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
)

// readTaps analyses several captures of one stretch of time, as the program
// reads files side by side: each is assembled and decoded by itself, and the
// analysis gets what is in them in the order of time.
func readTaps(captures [][]byte) (findings []*report.Finding, handshakes []report.Handshake, err error) {
	type tap struct {
		packets []capture.Packet
		decoder *decode.Decoder
		*tcp.Assembler
	}
	taps := make([]*tap, len(captures))
	o := analysis.Options{Open: func() (open []*auth.Exchange) {
		for _, t := range taps {
			open = append(open, t.decoder.Open()...)
		}
		return open
	}}
	a := analysis.New(o, analysis.Output{Handshake: func(h *report.Handshake) { handshakes = append(handshakes, *h) }})
	for i, b := range captures {
		packets, err := analysistest.Packets(b)
		if err != nil {
			return nil, nil, err
		}
		d := decode.NewDecoder(i, a, decode.Limits{})
		taps[i] = &tap{packets, d, tcp.NewAssembler(tcp.AssemblerOptions{}, d)}
	}
	for {
		var next *tap
		for _, t := range taps {
			if len(t.packets) > 0 && (next == nil || t.packets[0].Time < next.packets[0].Time) {
				next = t
			}
		}
		if next == nil {
			break
		}
		p := next.packets[0]
		next.packets = next.packets[1:]
		next.Packet(&p)
		a.Advance(p.Time)
	}
	var reports []analysis.SourceReport
	for _, t := range taps {
		t.Close()
		reports = append(reports, analysis.SourceReport{Capture: t.Stats(), Decode: t.decoder.Stats()})
	}
	return a.End(reports).Findings, handshakes, nil
}
