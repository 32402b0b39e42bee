package decode

import (
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
)

func TestClassification(t *testing.T) {
	clientHello, http2 := "\x16\x03\x01\x02\x00\x01\x00", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	connect := newTalk().client("CONNECT a:443 HTTP/1.1\r\n\r\n").server("HTTP/1.1 200 OK\r\n\r\n")
	tests := []struct {
		name string
		talk *talk
		want Stats
	}{
		{"HTTP", newTalk().client(plainGet).server(plainOK), Stats{HTTPConnections: 1, Requests: 1, Responses: 1}},
		{"HTTP, client only", newTalk().client(plainGet), Stats{HTTPConnections: 1, Requests: 1, OneSided: 1}},
		{"HTTP, byte by byte", newTalk().client("P").client("U").client("R").client("GE /x HTTP/1.1\r").client("\n\r").client("\n"), Stats{HTTPConnections: 1, Requests: 1, OneSided: 1}},
		{"HTTP, cut in the first line", newTalk().client("GET /rep"), Stats{HTTPConnections: 1, OneSided: 1, Incomplete: 1}},
		{"HTTP, server first", newTalk().server("HTTP/1.1 408 Request Timeout\r\n\r\n"), Stats{HTTPConnections: 1, Responses: 1, OneSided: 1}},
		{"RTSP", newTalk().client("OPTIONS rtsp://a RTSP/1.0\r\n\r\n"), Stats{OtherConnections: 1}},
		{"SIP, cut in the first line", newTalk().client("OPTIONS sip:a").client(" SIP/2.0\r\n\r\n"), Stats{OtherConnections: 1}},
		{"SSDP is HTTP", newTalk().client("M-SEARCH * HTTP/1.1\r\nHost: a\r\n\r\n"), Stats{HTTPConnections: 1, Requests: 1, OneSided: 1}},
		{"SSH", newTalk().server("SSH-2.0-OpenSSH_9.6\r\n"), Stats{OtherConnections: 1}},
		{"SMTP", newTalk().server("220 mail ESMTP\r\n").client("EHLO a\r\n"), Stats{OtherConnections: 1}},
		{"one line without an end", newTalk().client(strings.Repeat("A", 33)), Stats{OtherConnections: 1}},
		{"one word", newTalk().client("QUIT"), Stats{OtherConnections: 1}},
		{"TLS", newTalk().client(clientHello), Stats{TLSConnections: 1}},
		{"TLS, byte by byte", newTalk().client("\x16").client("\x03").client("\x01"), Stats{TLSConnections: 1}},
		{"TLS, from the middle", newTalk().midstream().server("\x17\x03\x03\x40\x00"), Stats{TLSConnections: 1}},
		{"HTTP/2", newTalk().client(http2), Stats{HTTP2Connections: 1}},
		{
			"HTTP/2 by upgrade", newTalk().client("GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n").
				server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n").client(http2).client(plainGet),
			Stats{HTTPConnections: 1, HTTP2Connections: 1, Requests: 1, Responses: 1},
		},
		{
			"WebSocket", newTalk().client("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n").
				server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello").client("\x81\x85abcdefghi").client(plainGet),
			Stats{HTTPConnections: 1, Requests: 1, Responses: 1},
		},
		{"TLS in a tunnel", connect.client(clientHello).server("\x16\x03\x03").client(plainGet), Stats{HTTPConnections: 1, TLSConnections: 1, Requests: 1, Responses: 1}},
		{
			"TLS in a tunnel of which the answer was not captured", newTalk().client("CONNECT a:443 HTTP/1.1\r\n\r\n").client(clientHello),
			Stats{HTTPConnections: 1, TLSConnections: 1, Requests: 1, OneSided: 1},
		},
		{"midstream, no carrier", newTalk().midstream().client("abc").server(strings.Repeat("x", midstreamBudget)), Stats{OtherConnections: 1}},
		{"midstream", newTalk().midstream().client("abc").server("def").client(plainGet).server(plainOK), Stats{HTTPConnections: 1, Requests: 1, Responses: 1}},
		{"first bytes lost", newTalk().gap(0, 10).client("abc").client(plainGet).server(plainOK), Stats{HTTPConnections: 1, Requests: 1, Responses: 1}},
	}
	for _, tt := range tests {
		if tt.talk.close(capture.Idle); tt.talk.d.Stats() != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, tt.talk.d.Stats(), tt.want)
		}
	}
}

// spares is how many values are free.
func (s *slab[T, P]) spares() (n int) {
	for id := s.free; id != 0; id = *P(s.at(id)).link() {
		n++
	}
	return n
}

// TestStateIsFreed holds the decoder to keeping nothing of connections that
// ended, and little of those on which nothing is under way.
func TestStateIsFreed(t *testing.T) {
	d := NewDecoder(0, noSink{}, Limits{})
	f := d.followers[0].(*httpFollower)
	conns := make([]tcp.Conn, 1000)
	play := func(c *tcp.Conn, texts ...string) {
		for i, text := range texts {
			d.Data(c, &tcp.Segment{Stamp: capture.Stamp{Frame: 1}, Dir: capture.Dir(i % 2), Data: []byte(text)})
		}
	}
	for i := range conns {
		play(&conns[i], plainGet, plainOK)
	}
	if f.active.used != 1 || f.idle.used != 1000 || f.queued.Len() != 1 {
		t.Errorf("1000 idle connections: %d active, %d idle, %d free requests", f.active.used, f.idle.used, f.queued.Len())
	}
	for i := range conns {
		play(&conns[i], basicGet+plainGet+"GET", refusal)
		d.Closed(&conns[i], capture.Stamp{}, capture.Idle)
	}
	if n, m := f.active.spares(), f.idle.spares(); n != int(f.active.used) || m != int(f.idle.used) {
		t.Errorf("after the end %d of %d active and %d of %d idle states are free", n, f.active.used, m, f.idle.used)
	}
}
