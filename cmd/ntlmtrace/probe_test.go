package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ntlmtrace/capture/capturetest/ntlmtest"
)

// logonServer is a member of CORP that lets alice log on, on one connection.
type logonServer struct {
	ntlmtest.Server
	close bool // ends the connection after the CHALLENGE, as some proxies do

	negotiate, challenge map[net.Conn][]byte
}

type connKey struct{}

func (s *logonServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme, token68, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token, _ := base64.StdEncoding.DecodeString(token68)
	conn := r.Context().Value(connKey{}).(net.Conn)
	h := w.Header()
	switch {
	case scheme != "NTLM" || len(token) < 12:
		h.Add("WWW-Authenticate", "NTLM")
		h.Add("WWW-Authenticate", `Basic realm="web01"`)
	case token[8] == 1:
		s.negotiate[conn], s.challenge[conn] = token, s.Challenge(token, time.Unix(1772442000, 0))
		h.Set("WWW-Authenticate", "NTLM "+base64.StdEncoding.EncodeToString(s.challenge[conn]))
		if s.close {
			h.Set("Connection", "close")
		}
	default:
		if _, err := s.Verify(s.negotiate[conn], s.challenge[conn], token); err == nil {
			return
		}
		h.Set("WWW-Authenticate", "NTLM")
	}
	w.WriteHeader(http.StatusUnauthorized)
}

// init makes s the machine called name.
func (s *logonServer) init(name string) {
	s.Name, s.Domain, s.DNSName, s.DNSDomain = name, "CORP", strings.ToLower(name)+".corp.example", "corp.example"
	s.Users = ntlmtest.Directory{"alice": "Secret1"}
	s.negotiate, s.challenge = map[net.Conn][]byte{}, map[net.Conn][]byte{}
}

// start serves on the loopback interface until the test ends.
func (s *logonServer) start(t *testing.T) (url string) {
	s.init("WEB01")
	h := httptest.NewUnstartedServer(s)
	h.Config.ConnContext = withConn
	h.Start()
	t.Cleanup(h.Close)
	return h.URL
}

func TestProbe(t *testing.T) {
	tests := []struct {
		name     string
		server   logonServer
		password string
		want     []string
	}{
		{"right password", logonServer{}, "Secret1", []string{
			"1. request on a new connection", "2. request on the same connection", "3. request on the same connection",
			"NEGOTIATE_MESSAGE", "CHALLENGE_MESSAGE", "AUTHENTICATE_MESSAGE",
			"MsvAvDnsComputerName  web01.corp.example", "200 OK", "The server accepted the AUTHENTICATE.",
		}},
		{"wrong password", logonServer{}, "Secret2", []string{"3. request", "The server refused the AUTHENTICATE"}},
		{"connection closed", logonServer{close: true}, "Secret1", []string{"went over another connection than its CHALLENGE"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(passwordVariable, tt.password)
			var stdout, stderr bytes.Buffer
			url := tt.server.start(t)
			if status := command(t.Context(), []string{"probe", "--user", `CORP\alice`, url}, nil, &stdout, &stderr); status != exitDone {
				t.Fatalf("exit status %d: %s", status, &stderr)
			}
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

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}
