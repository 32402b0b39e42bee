package json

import (
	"io"
	"net/netip"
	"testing"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
)

// onlyFile is a locator of a single capture.
type onlyFile struct{}

func (onlyFile) Locate(_ int, frame int64) (name string, number int64) { return "a.pcap", frame }
func (onlyFile) Several() bool                                         { return false }

// typicalHandshake is one with every key that most have.
func typicalHandshake() (*report.Handshake, result.Locator) {
	h := &report.Handshake{
		ID:      1,
		Conn:    report.Conn{Client: netip.MustParseAddrPort("10.9.0.10:50122"), Server: netip.MustParseAddrPort("10.9.0.20:80")},
		Carrier: "http", Scheme: "NTLM", Mechanism: "NTLM", Outcome: report.Accepted, Status: 200,
		Frames: report.Frames{Request: 4, Negotiate: 4, Challenge: 6, Authenticate: 8, Result: 10},
		Host:   "web01.corp.example", Target: "GET /reports", User: "alice", Domain: "CORP", Workstation: "PC1",
		Version: "NTLMv2", ServerName: "WEB01", ServerDNS: "web01.corp.example", ServerDomain: "CORP", SPN: "HTTP/web01.corp.example",
		Token: "5f0c21d9a7b3e410", Time: 1772442000000000000,
		Step: report.Steps{Challenge: time.Millisecond, Authenticate: 2 * time.Millisecond, Result: 1234567},
	}
	return h, onlyFile{}
}

func BenchmarkHandshakeJSON(b *testing.B) {
	h, o := typicalHandshake()
	p := &jsonPrinter{objectWriter: newObjectWriter(io.Discard), places: o}
	b.ReportAllocs()
	for b.Loop() {
		if err := p.handshake(h); err != nil {
			b.Fatal(err)
		}
	}
}
