package http_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/decodetest"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/token/tokentest"
)

// dense is a conversation of many connections that take turns, each with a
// logon and requests after it: what a proxy or a busy front end sees.
type dense struct {
	d     *decode.Decoder
	conns []tcp.Conn
	turns [][]string // of each connection: what client and server send in turn
	bytes int64
	heads int
}

// denseConns is how many connections are open at once.
const denseConns = 400

func newDense() *dense {
	x := &dense{d: decode.NewDecoder(0, decodetest.NoSink{}, decode.Limits{}), conns: make([]tcp.Conn, denseConns)}
	for i := range x.conns {
		x.turns = append(x.turns, denseTurns(i))
		for _, turn := range x.turns[i] {
			x.bytes += int64(len(turn))
		}
		x.heads += len(x.turns[i])
	}
	return x
}

func denseTurns(i int) []string {
	fields := strings.ReplaceAll(browserFields, "web01", fmt.Sprintf("web%02d", i%40))
	fields = strings.ReplaceAll(fields, "0123456789abcdef", fmt.Sprintf("%016x", uint64(i)*0x9e3779b97f4a7c15))
	get := func(n int, more string) string {
		return fmt.Sprintf("GET /reports/%08x/list?page=%d HTTP/1.1\r\n%s%s\r\n", i*7919, n, fields, more)
	}
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nServer: Microsoft-IIS/10.0\r\nX-Powered-By: ASP.NET\r\n" +
		"Date: Mon, 05 Jan 2026 08:00:00 GMT\r\nContent-Length: 0\r\n\r\n"
	token := func(b string) string { return base64.StdEncoding.EncodeToString([]byte(b)) }
	turns := []string{
		get(0, "Authorization: NTLM "+token(tokentest.Negotiate)+"\r\n"),
		strings.Replace(ok, "200 OK", "401 Unauthorized\r\nWWW-Authenticate: NTLM "+token(serverToken(i)), 1),
		get(1, "Authorization: NTLM "+token(userToken(i))+"\r\n"), ok,
	}
	for n := range 4 {
		turns = append(turns, get(2+n, ""), ok)
	}
	return turns
}

// play plays all of it once, on new connections.
func (x *dense) play() {
	clear(x.conns)
	var s tcp.Segment
	s.Frame = 1
	for turn := range x.turns[0] {
		for i := range x.conns {
			s.Dir = capture.Dir(turn % 2)
			s.Data = append(s.Data[:0], x.turns[i][turn]...)
			x.d.Data(&x.conns[i], &s)
		}
	}
	for i := range x.conns {
		x.d.Closed(&x.conns[i], s.Stamp, capture.Finished)
	}
}

// BenchmarkDense is dense authentication. The text is copied to one place
// before it is read, as a capture file is, which costs about 30 ns a head.
func BenchmarkDense(b *testing.B) {
	x := newDense()
	b.SetBytes(x.bytes)
	b.ReportAllocs()
	for b.Loop() {
		x.play()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*x.heads), "ns/head")
}

// serverToken is a CHALLENGE as Windows sends it.
func serverToken(i int) string {
	le := binary.LittleEndian
	b := make([]byte, 56)
	copy(b, "NTLMSSP\x00\x02")
	le.PutUint32(b[20:], uint32(ntlm.NegotiateUnicode|ntlm.NegotiateTargetInfo|ntlm.NegotiateVersion))
	le.PutUint64(b[24:], uint64(i+1))
	b = putField(b, 12, wideText("CORP"))
	b = putField(b, 40, string(pairList(i))+strings.Repeat("\x00", 4))
	return string(b)
}

// userToken is an AUTHENTICATE that answers serverToken.
func userToken(i int) string {
	le := binary.LittleEndian
	b := make([]byte, 88)
	copy(b, "NTLMSSP\x00\x03")
	le.PutUint32(b[60:], uint32(ntlm.NegotiateUnicode|ntlm.NegotiateTargetInfo))
	nt := append(le.AppendUint64(le.AppendUint64(nil, uint64(i)), uint64(i)), 1, 1)
	nt = append(nt, make([]byte, 26)...)
	nt = append(append(nt, pairList(i)...), make([]byte, 8)...)
	b = putField(b, 12, strings.Repeat("\x00", 24))
	b = putField(b, 20, string(nt))
	b = putField(b, 28, wideText("CORP"))
	b = putField(b, 36, wideText(fmt.Sprintf("user%d", i)))
	b = putField(b, 44, wideText(fmt.Sprintf("WS%05d", i)))
	return string(b)
}

// putField appends data to a message and points the descriptor at it.
func putField(b []byte, descriptor int, data string) []byte {
	binary.LittleEndian.PutUint16(b[descriptor:], uint16(len(data)))
	binary.LittleEndian.PutUint32(b[descriptor+4:], uint32(len(b)))
	return append(b, data...)
}

// pairList is the AV_PAIR list of a server, without MsvAvEOL.
func pairList(i int) (list []byte) {
	le := binary.LittleEndian
	host := fmt.Sprintf("web%02d", i%40)
	for id, v := range []string{host, "CORP", host + ".corp.example", "corp.example", "corp.example"} {
		list = le.AppendUint16(le.AppendUint16(list, uint16(id+1)), uint16(2*len(v)))
		list = append(list, wideText(v)...)
	}
	list = le.AppendUint16(le.AppendUint16(list, uint16(ntlm.MsvAvTimestamp)), 8)
	return le.AppendUint64(list, 134000000000000000+uint64(i))
}

func wideText(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.Write([]byte{s[i], 0})
	}
	return b.String()
}
