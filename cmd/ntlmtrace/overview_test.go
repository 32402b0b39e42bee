package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"ntlmtrace/analysis/report"
	"ntlmtrace/capture/capturetest"
)

// TestHostileNames reads a capture whose names try to take over the terminal:
// nothing but newlines controls what is printed, in any table.
func TestHostileNames(t *testing.T) {
	hostile := []string{"\x1b[2J\x1b]0;owned\x07", "\u202egnp.exe", "al\u200bice", "a\u009b31m", "x\u2028y\u2029z", "a\rHIGH", "\xff\xfe\x80", strings.Repeat("W", 5000)}
	c := capturetest.New()
	for _, name := range hostile {
		c.Dial(pc1, web01.At(80)).
			Client(capturetest.Request("GET", "/"+strings.ReplaceAll(name, "\r", ""), "web01"+strings.ReplaceAll(name, "\r", ""),
				"Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(name+":"+name)))).
			Server(capturetest.Response(401, 0, `WWW-Authenticate: Basic realm="x"`)).Close()
	}
	file := filepath.Join(t.TempDir(), "\x1b[31mred.pcap")
	if err := os.WriteFile(file, c.PCAP(), 0o644); err != nil {
		t.Skip("this system refuses the file name")
	}
	for _, args := range [][]string{{"--handshakes", "--all"}, {"--handshakes", "--width", "72"}, {"--handshakes", "--show-secrets"}} {
		var stdout, stderr bytes.Buffer
		if status := command(t.Context(), append(args, file, "\x1b[2Jmissing"), nil, &stdout, &stderr); status != exitDone {
			t.Fatalf("exit status %d: %q", status, &stderr)
		}
		for _, text := range []string{stdout.String(), stderr.String()} {
			if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || invisible(r)) }); i >= 0 {
				t.Errorf("%q prints %q", args, text[i:min(len(text), i+20)])
			}
		}
		if n := strings.Count(stdout.String(), "401"); n < len(hostile) {
			t.Errorf("%q shows %d of %d logons", args, n, len(hostile))
		}
	}
}

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
			if got := healthText(&tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestWorstHandshakes holds that a long list keeps the refused ones and stays short.
func TestWorstHandshakes(t *testing.T) {
	var out bytes.Buffer
	s := &settings{handshakes: true, limit: 3}
	p := tableFormat.open(&out, s, &origins{names: []string{"a.pcap"}, taps: [][]span{{{0, 0}}}})
	conn := report.Conn{Client: netip.MustParseAddrPort("10.9.0.10:50122"), Server: netip.MustParseAddrPort("10.9.0.20:80")}
	for id := int64(1); id <= 1000; id++ {
		h := &report.Handshake{ID: id, Conn: conn, Scheme: "NTLM", Mechanism: "NTLM", Outcome: report.Accepted, Status: 200}
		if id == 500 || id == 900 {
			h.Outcome, h.Status = report.Denied, 401
		}
		if err := p.handshake(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.end(&result{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n   1 |", "\n 500 |", "\n 900 |", "and 997 handshakes more (--limit)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, &out)
		}
	}
}

// TestInterrupted holds that Ctrl-C ends the reading and prints what was found.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stdout, stderr bytes.Buffer
	name := filepath.Join("..", "..", "samples", "double-hop.pcap")
	if status := command(ctx, []string{"--format", "json", name}, nil, &stdout, &stderr); status != exitDone {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	if want := `"interrupted":true`; !strings.Contains(stdout.String(), want) {
		t.Errorf("%s is missing in %s", want, &stdout)
	}
	if want := "ntlmtrace: warning: interrupted"; !strings.Contains(stderr.String(), want) {
		t.Errorf("%s is missing in %s", want, &stderr)
	}
}
