package probe_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"ntlmtrace/cmd/ntlmtrace/internal/logontest"
	"ntlmtrace/cmd/ntlmtrace/internal/probe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
)

func TestProbe(t *testing.T) {
	tests := []struct {
		name     string
		server   logontest.Server
		password string
		want     []string
	}{
		{"right password", logontest.Server{}, "Secret1", []string{
			"1. request on a new connection", "2. request on the same connection", "3. request on the same connection",
			"NEGOTIATE_MESSAGE", "CHALLENGE_MESSAGE", "AUTHENTICATE_MESSAGE",
			"MsvAvDnsComputerName  web01.corp.example", "200 OK", "The server accepted the AUTHENTICATE.",
		}},
		{"wrong password", logontest.Server{}, "Secret2", []string{"3. request", "The server refused the AUTHENTICATE"}},
		{"connection closed", logontest.Server{Close: true}, "Secret1", []string{"went over another connection than its CHALLENGE"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := probe.Probe{User: `CORP\alice`, Password: tt.password, Timeout: 30 * time.Second}
			legs, err := p.Do(t.Context(), tt.server.Start(t))
			if err != nil {
				t.Fatal(err)
			}
			var stdout bytes.Buffer
			probe.WriteLegs(&stdout, term.Look{}, legs)
			text := strings.Join(strings.Fields(stdout.String()), " ")
			for _, want := range tt.want {
				if !strings.Contains(text, strings.Join(strings.Fields(want), " ")) {
					t.Errorf("%q is missing in:\n%s", want, &stdout)
				}
			}
			if strings.Contains(stdout.String(), tt.password) {
				t.Errorf("the password is shown:\n%s", &stdout)
			}
		})
	}
}
