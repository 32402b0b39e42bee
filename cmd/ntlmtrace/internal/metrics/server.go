package metrics

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
)

const (
	// scrapeTime bounds what one request for metrics may take, so that nobody
	// can hold connections open.
	scrapeTime = 10 * time.Second
	// scrapeHead is the largest head of a request, in bytes.
	scrapeHead = 8 << 10
	// scrapesAtOnce is how many requests are answered at a time.
	scrapesAtOnce = 4
)

// Address parses --metrics, HOST:PORT or PORT. The counters are about the
// logons of users: without a host they are served to this machine alone.
func Address(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	host, port := "", s
	if strings.Contains(s, ":") {
		var err error
		if host, port, err = net.SplitHostPort(s); err != nil {
			return "", usage.Errorf("--metrics %q is not HOST:PORT", s)
		}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", usage.Errorf("--metrics %q: %q is not a port", s, port)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port), nil
}

// Server serves Prometheus. A nil Server does nothing.
type Server struct {
	listener net.Listener
	server   *http.Server
}

// Listen listens on address. It returns nil if that is empty.
func Listen(address string) (*Server, error) {
	if address == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--metrics: %w", err)
	}
	return &Server{listener: l}, nil
}

// Serve begins to serve counters of a program of this version, which has these
// rules, and returns them. It writes the address to n.
func (s *Server) Serve(n notes.Notes, version string, rules []*report.Rule, reasons []Reason) *Metrics {
	if s == nil {
		return nil
	}
	m := New(version, rules, reasons)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		MaxRequestsInFlight: scrapesAtOnce,
		Timeout:             scrapeTime / 2,
	}))
	s.server = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: scrapeTime,
		ReadTimeout:       scrapeTime,
		WriteTimeout:      scrapeTime,
		IdleTimeout:       2 * time.Minute, // Prometheus comes every 15 s or minute
		MaxHeaderBytes:    scrapeHead,
		ErrorLog:          log.New(io.Discard, "", 0), // what strangers do wrong
	}
	n.Note("metrics at http://%s/metrics", s.listener.Addr())
	go func() {
		if err := s.server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			n.Warning("metrics end: %v", err)
		}
	}()
	return m
}

// Close ends the answering.
func (s *Server) Close() {
	switch {
	case s == nil:
	case s.server == nil:
		s.listener.Close()
	default:
		s.server.Close()
	}
}
