package table

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/output/format"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
)

// soleFile is a locator of a single capture.
type soleFile struct{}

func (soleFile) Locate(_ int, frame int64) (name string, number int64) { return "a.pcap", frame }
func (soleFile) Several() bool                                         { return false }

// TestWorstHandshakes holds that a long list keeps the refused ones and stays
// short.
func TestWorstHandshakes(t *testing.T) {
	var out bytes.Buffer
	p := Format.Open(&out, format.Options{Handshakes: true, Limit: 3, Places: soleFile{}})
	conn := report.Conn{Client: netip.MustParseAddrPort("10.9.0.10:50122"), Server: netip.MustParseAddrPort("10.9.0.20:80")}
	for id := int64(1); id <= 1000; id++ {
		h := &report.Handshake{ID: id, Conn: conn, Scheme: "NTLM", Mechanism: "NTLM", Outcome: report.Accepted, Status: 200}
		if id == 500 || id == 900 {
			h.Outcome, h.Status = report.Denied, 401
		}
		if err := p.Handshake(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.End(&result.Result{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n   1 |", "\n 500 |", "\n 900 |", "and 997 handshakes more (--limit)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &out)
		}
	}
}
