// Package logontest is an HTTP server for tests that wants NTLM.
package logontest

import (
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

// Server is a member of CORP that lets alice log on, on one connection.
type Server struct {
	ntlmtest.Server
	Close bool // ends the connection after the CHALLENGE, as some proxies do

	negotiate, challenge map[net.Conn][]byte
}

type connKey struct{}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
		if s.Close {
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

// Init makes s the machine called name.
func (s *Server) Init(name string) {
	s.Name, s.Domain, s.DNSName, s.DNSDomain = name, "CORP", strings.ToLower(name)+".corp.example", "corp.example"
	s.Users = ntlmtest.Directory{"alice": "Secret1"}
	s.negotiate, s.challenge = map[net.Conn][]byte{}, map[net.Conn][]byte{}
}

// Start serves on the loopback interface until the test ends.
func (s *Server) Start(t testing.TB) (url string) {
	s.Init("WEB01")
	h := httptest.NewUnstartedServer(s)
	h.Config.ConnContext = ConnContext
	h.Start()
	t.Cleanup(h.Close)
	return h.URL
}

// ConnContext is that of the http.Server: a logon belongs to its connection.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}
