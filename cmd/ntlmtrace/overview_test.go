package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/cmd/ntlmtrace/internal/safe"
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
			if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || safe.Invisible(r)) }); i >= 0 {
				t.Errorf("%q prints %q", args, text[i:min(len(text), i+20)])
			}
		}
		if n := strings.Count(stdout.String(), "401"); n < len(hostile) {
			t.Errorf("%q shows %d of %d logons", args, n, len(hostile))
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
