package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ntlmtrace/cmd/ntlmtrace/internal/logontest"
)

// TestProbe holds that the command takes the password from the environment, and
// shows none.
func TestProbe(t *testing.T) {
	const password = "Secret1"
	t.Setenv(passwordVariable, password)
	var web logontest.Server
	var stdout, stderr bytes.Buffer
	if status := command(t.Context(), []string{"probe", "--user", `CORP\alice`, web.Start(t)}, nil, &stdout, &stderr); status != exitDone {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	if !strings.HasSuffix(stdout.String(), "\nThe server accepted the AUTHENTICATE.\n") {
		t.Errorf("got:\n%s", &stdout)
	}
	if strings.Contains(stdout.String()+stderr.String(), password) {
		t.Errorf("the password is shown:\n%s%s", &stdout, &stderr)
	}
}

func TestProbeWithoutOffer(t *testing.T) {
	h := httptest.NewServer(http.NotFoundHandler())
	defer h.Close()
	t.Setenv(passwordVariable, "Secret1")
	var stdout, stderr bytes.Buffer
	if status := command(t.Context(), []string{"probe", "--user", "alice", h.URL}, nil, &stdout, &stderr); status != exitDone {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	if !strings.Contains(stdout.String(), "wants no authentication") {
		t.Errorf("got:\n%s", &stdout)
	}
}
