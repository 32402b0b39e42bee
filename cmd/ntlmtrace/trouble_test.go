package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// TestTroubleIsNotHealth holds that no output calls a capture healthy in which a
// logon was refused, answered with an error, or not answered, be there a rule
// that explains it or not.
func TestTroubleIsNotHealth(t *testing.T) {
	alice := ntlmtest.Client{User: "alice", Domain: "CORP", Password: "Spring-2026", Workstation: "PC1"}
	bearer := capturetest.Request("GET", "/", "web01", "Authorization: Bearer abc")
	negotiate := capturetest.Request("GET", "/", "web01", "Authorization: NTLM "+base64.StdEncoding.EncodeToString(alice.Negotiate()))
	tests := []struct {
		name, request, answer string // no answer: the connection is reset
		text, trouble         string
		found                 bool
	}{
		{"refused", bearer, capturetest.Response(401, 0, "WWW-Authenticate: Bearer"), "1 logon was refused; no rule explains it.", "refused", false},
		{"error", bearer, capturetest.Response(500, 0), "1 logon was answered with an error; no rule explains it.", "error_after", false},
		{"forbidden", bearer, capturetest.Response(403, 0), "1 logon was answered with an error; no rule explains it.", "error_after", false},
		{"bad request", bearer, capturetest.Response(400, 0), "1 logon was answered with an error; no rule explains it.", "error_after", false},
		{"reset", negotiate, "", "1 handshake was not answered; no rule explains it.", "unanswered", false},
		{"unanswered", negotiate, capturetest.Response(401, 0, "WWW-Authenticate: NTLM"), "negotiate-unanswered", "unanswered", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := capturetest.New()
			x := c.Dial(pc1, web01.At(80))
			x.Client(tt.request)
			if tt.answer == "" {
				x.ServerReset()
			} else {
				x.Server(tt.answer).Close()
			}
			file := filepath.Join(t.TempDir(), "a.pcap")
			if err := os.WriteFile(file, c.PCAP(), 0o644); err != nil {
				t.Fatal(err)
			}
			text, doc := outputOf(t, file), outputOf(t, "--format", "json", file)
			for _, bad := range []struct{ text, want string }{{text, tt.text}, {doc, `"healthy":false`}, {doc, `"trouble":"` + tt.trouble + `"`}, {doc, `"troubles":{"` + tt.trouble + `":1}`}} {
				if !strings.Contains(bad.text, bad.want) {
					t.Errorf("%q is missing in\n%s", bad.want, bad.text)
				}
			}
			if strings.Contains(text, "Nothing wrong") {
				t.Errorf("called healthy:\n%s", text)
			}
			if found := !strings.Contains(doc, `"unexplained"`); found != tt.found {
				t.Errorf("explained: %t, want %t\n%s", found, tt.found, doc)
			}
		})
	}
}

// TestSamplesInTroubleAreNotHealthy holds the same of samples of which a rule
// says what is wrong.
func TestSamplesInTroubleAreNotHealthy(t *testing.T) {
	for _, rule := range []string{"negotiate-unanswered", "error-after-logon", "wrong-credentials", "authorization-denied"} {
		names, err := filepath.Glob("../../samples/" + rule + "/hit-*.pcap")
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no samples", rule)
		}
		for _, name := range names {
			if text := outputOf(t, name); strings.Contains(text, "Nothing wrong") {
				t.Errorf("%s is called healthy:\n%s", name, text)
			}
			if doc := outputOf(t, "--format", "json", name); !strings.Contains(doc, `"healthy":false`) {
				t.Errorf("%s is called healthy in JSON", name)
			}
		}
	}
}

// outputOf runs the command and returns its standard output.
func outputOf(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := command(t.Context(), args, nil, &stdout, &stderr); status != exitDone {
		t.Fatalf("%q: exit status %d: %s", args, status, &stderr)
	}
	return stdout.String()
}
