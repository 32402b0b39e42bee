package words

import (
	"testing"

	"ntlmtrace/analysis/report"
)

func TestHealthText(t *testing.T) {
	tests := []struct {
		name string
		in   report.Summary
		tls  int64
		want string
	}{
		{"all is well", report.Summary{Packets: 9, Requests: 2, Handshakes: 2, Accepted: 2}, 0, "Nothing wrong was found in 2 handshakes."},
		{"an outcome is missing", report.Summary{Packets: 9, Requests: 2, Handshakes: 2, Accepted: 1}, 0, "Nothing wrong was found in 2 handshakes, 1 of them without an outcome."},
		{"no outcome", report.Summary{Packets: 9, Requests: 2, Handshakes: 2}, 0, "No outcome of 2 handshakes was seen: nothing can be said."},
		{"refused", report.Summary{Packets: 9, Requests: 2, Handshakes: 2, Accepted: 1, Denied: 1, Troubles: report.Troubles{Refused: 1}, Unexplained: report.Troubles{Refused: 1}}, 0, "1 logon was refused; no rule explains it."},
		{"not answered", report.Summary{Packets: 9, Requests: 2, Handshakes: 3, Accepted: 1, Troubles: report.Troubles{Unanswered: 2}, Unexplained: report.Troubles{Unanswered: 2}}, 0, "2 handshakes were not answered; no rule explains them."},
		{"error after the logon", report.Summary{Packets: 9, Requests: 2, Handshakes: 1, Accepted: 1, Troubles: report.Troubles{ErrorAfter: 1}, Unexplained: report.Troubles{ErrorAfter: 1}}, 0, "1 logon was answered with an error; no rule explains it."},
		{"one of two is explained", report.Summary{Packets: 9, Requests: 2, Handshakes: 3, Accepted: 1, Denied: 2, Troubles: report.Troubles{Refused: 2}, Unexplained: report.Troubles{Refused: 1}}, 0, "1 logon was refused; no rule explains it."},
		{"a restart", report.Summary{Packets: 9, Requests: 2, Handshakes: 2, Accepted: 1, Troubles: report.Troubles{Unanswered: 1}}, 0, "1 handshake was not answered; a later try went through."},
		{"several", report.Summary{Packets: 9, Requests: 2, Handshakes: 3, Accepted: 1, Denied: 2, Troubles: report.Troubles{Refused: 2, ErrorAfter: 1}, Unexplained: report.Troubles{Refused: 2, ErrorAfter: 1}}, 0, "2 logons were refused, 1 logon was answered with an error; no rule explains them."},
		{"no credentials", report.Summary{Packets: 9, Requests: 2}, 0, "No authentication was seen: nothing can be said."},
		{"TLS", report.Summary{Packets: 9}, 1, "No HTTP could be read, only TLS: nothing can be said."},
		{"no HTTP", report.Summary{Packets: 9}, 0, "No HTTP was seen: nothing can be said."},
		{"no packets", report.Summary{}, 0, "The capture holds no packets."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := NothingFound(&tt.in, report.Counters{{Key: "tls_connections", Value: tt.tls}}); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
