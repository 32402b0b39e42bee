package decode_test

import (
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/decode"
	"ntlmtrace/decode/decodetest"
)

func TestClassification(t *testing.T) {
	clientHello, http2 := "\x16\x03\x01\x02\x00\x01\x00", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	connect := decodetest.New().Client("CONNECT a:443 HTTP/1.1\r\n\r\n").Server("HTTP/1.1 200 OK\r\n\r\n")
	tests := []struct {
		name string
		talk *decodetest.Talk
		want decode.Stats
	}{
		{"HTTP", decodetest.New().Client(decodetest.PlainGet).Server(decodetest.PlainOK), decode.Stats{HTTPConnections: 1, Requests: 1, Responses: 1}},
		{"HTTP, client only", decodetest.New().Client(decodetest.PlainGet), decode.Stats{HTTPConnections: 1, Requests: 1, OneSided: 1}},
		{"HTTP, byte by byte", decodetest.New().Client("P").Client("U").Client("R").Client("GE /x HTTP/1.1\r").Client("\n\r").Client("\n"), decode.Stats{HTTPConnections: 1, Requests: 1, OneSided: 1}},
		{"HTTP, cut in the first line", decodetest.New().Client("GET /rep"), decode.Stats{HTTPConnections: 1, OneSided: 1, Incomplete: 1}},
		{"HTTP, server first", decodetest.New().Server("HTTP/1.1 408 Request Timeout\r\n\r\n"), decode.Stats{HTTPConnections: 1, Responses: 1, OneSided: 1}},
		{"RTSP", decodetest.New().Client("OPTIONS rtsp://a RTSP/1.0\r\n\r\n"), decode.Stats{OtherConnections: 1}},
		{"SIP, cut in the first line", decodetest.New().Client("OPTIONS sip:a").Client(" SIP/2.0\r\n\r\n"), decode.Stats{OtherConnections: 1}},
		{"SSDP is HTTP", decodetest.New().Client("M-SEARCH * HTTP/1.1\r\nHost: a\r\n\r\n"), decode.Stats{HTTPConnections: 1, Requests: 1, OneSided: 1}},
		{"SSH", decodetest.New().Server("SSH-2.0-OpenSSH_9.6\r\n"), decode.Stats{OtherConnections: 1}},
		{"SMTP", decodetest.New().Server("220 mail ESMTP\r\n").Client("EHLO a\r\n"), decode.Stats{OtherConnections: 1}},
		{"one line without an end", decodetest.New().Client(strings.Repeat("A", 33)), decode.Stats{OtherConnections: 1}},
		{"one word", decodetest.New().Client("QUIT"), decode.Stats{OtherConnections: 1}},
		{"TLS", decodetest.New().Client(clientHello), decode.Stats{TLSConnections: 1}},
		{"TLS, byte by byte", decodetest.New().Client("\x16").Client("\x03").Client("\x01"), decode.Stats{TLSConnections: 1}},
		{"TLS, from the middle", decodetest.New().Midstream().Server("\x17\x03\x03\x40\x00"), decode.Stats{TLSConnections: 1}},
		{"HTTP/2", decodetest.New().Client(http2), decode.Stats{HTTP2Connections: 1}},
		{
			"HTTP/2 by upgrade", decodetest.New().Client("GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n").
				Server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n").Client(http2).Client(decodetest.PlainGet),
			decode.Stats{HTTPConnections: 1, HTTP2Connections: 1, Requests: 1, Responses: 1},
		},
		{
			"WebSocket", decodetest.New().Client("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n").
				Server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello").Client("\x81\x85abcdefghi").Client(decodetest.PlainGet),
			decode.Stats{HTTPConnections: 1, Requests: 1, Responses: 1},
		},
		{"TLS in a tunnel", connect.Client(clientHello).Server("\x16\x03\x03").Client(decodetest.PlainGet), decode.Stats{HTTPConnections: 1, TLSConnections: 1, Requests: 1, Responses: 1}},
		{
			"TLS in a tunnel of which the answer was not captured", decodetest.New().Client("CONNECT a:443 HTTP/1.1\r\n\r\n").Client(clientHello),
			decode.Stats{HTTPConnections: 1, TLSConnections: 1, Requests: 1, OneSided: 1},
		},
		{"midstream, no carrier", decodetest.New().Midstream().Client("abc").Server(strings.Repeat("x", decode.MidstreamBudget)), decode.Stats{OtherConnections: 1}},
		{"midstream", decodetest.New().Midstream().Client("abc").Server("def").Client(decodetest.PlainGet).Server(decodetest.PlainOK), decode.Stats{HTTPConnections: 1, Requests: 1, Responses: 1}},
		{"first bytes lost", decodetest.New().Gap(0, 10).Client("abc").Client(decodetest.PlainGet).Server(decodetest.PlainOK), decode.Stats{HTTPConnections: 1, Requests: 1, Responses: 1}},
	}
	for _, tt := range tests {
		if tt.talk.Close(capture.Idle); tt.talk.D.Stats() != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, tt.talk.D.Stats(), tt.want)
		}
	}
}
