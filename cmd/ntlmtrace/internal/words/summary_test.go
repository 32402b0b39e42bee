package words

import (
	"ntlmtrace/analysis/report"
	"testing"
)

func TestHealthText(t *testing.T) {
	tests := []struct {
		name string
		in   report.Summary
		want string
	}{
		{"all is well", report.Summary{Packets: 9, Requests: 2, Handshakes: 2, Accepted: 2}, "Nothing wrong was found in 2 handshakes."},
		{"an outcome is missing", report.Summary{Packets: 9, Requests: 2, Handshakes: 2, Accepted: 1}, "Nothing wrong was found in 2 handshakes, 1 of them without an outcome."},
		{"no credentials", report.Summary{Packets: 9, Requests: 2}, "No authentication was seen: nothing can be said."},
		{"TLS", report.Summary{Packets: 9, NotRead: report.NotRead{TLSConnections: 1}}, "No HTTP could be read, only TLS: nothing can be said."},
		{"no HTTP", report.Summary{Packets: 9}, "No HTTP was seen: nothing can be said."},
		{"no packets", report.Summary{}, "The capture holds no packets."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := NothingFound(&tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
