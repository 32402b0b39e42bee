// Package probe makes one real NTLM handshake with a server and shows it.
//
//	Probe --GET--> go-ntlmssp --round trips--> recorder --> legs --WriteLegs--> fields, and a line that says how it ended
package probe

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/Azure/go-ntlmssp"
)

// Probe is one real handshake with a server.
type Probe struct {
	User, Password string
	Workstation    string
	Timeout        time.Duration
}

// Do requests url and returns what was sent and received, also with an error.
func (p *Probe) Do(ctx context.Context, url string) ([]Leg, error) {
	// HTTP/2 has no connections to authenticate: an empty map keeps it away.
	transport := &http.Transport{
		Proxy:        http.ProxyFromEnvironment,
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	defer transport.CloseIdleConnections()
	r := &recorder{next: transport}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(p.User, p.Password) // go-ntlmssp takes them off again
	resp, err := p.client(r).Do(req)
	if err != nil {
		return r.legs, err
	}
	resp.Body.Close()
	return r.legs, nil
}

// recorder notes the authentication fields of every round trip.
type recorder struct {
	next http.RoundTripper
	legs []Leg
}

// RoundTrip implements http.RoundTripper. The round trips of one handshake
// come one after the other.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	// The trace may be called late, when this round trip is long over.
	var reused atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { reused.Store(c.Reused) }}
	resp, err := r.next.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	l := Leg{Credentials: req.Header.Get("Authorization"), Reused: reused.Load()}
	if err == nil {
		l.Status, l.Server = resp.Status, resp.Header.Get("Server")
		l.Offers = resp.Header.Values("WWW-Authenticate")
		// The body is of no interest, and must be read for the connection to go
		// on; a large one is not worth waiting for.
		io.CopyN(io.Discard, resp.Body, 64<<10)
	}
	r.legs = append(r.legs, l)
	return resp, err
}

// client makes the round trips of a handshake with NTLM alone.
func (p *Probe) client(record http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout:   p.Timeout,
		Transport: ntlmssp.Negotiator{RoundTripper: record, WorkstationName: p.Workstation},
		// Where the server sends the client afterwards is another handshake.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
