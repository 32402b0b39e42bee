package analysis_test

import (
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/token"

	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/capture"
	"ntlmtrace/decode/ntlm"
)

// logons plays logons, each on a connection of its own with three requests more, to an
// Analysis: 500 clients, 50 servers, one logon every 100 microseconds.
type logons struct {
	a     *analysis.Analysis
	frame int64
}

// play gives logon number i, from its connection's first request to its end.
func (p *logons) play(i int) {
	c := &auth.Conn{
		ID: int64(i), FromStart: true, KnownFirst: true, First: [2]uint32{uint32(i), 7},
		Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i % 500 / 250), byte(i % 250)}), uint16(1024+i%60000)),
		Server: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 2, 0, byte(i % 50)}), 80),
	}
	var nonce [8]byte
	for j := range nonce {
		nonce[j] = byte(i >> (j * 8))
	}
	names := ntlm.AVPairs{{ID: ntlm.MsvAvNbComputerName, Value: []byte("W\x00E\x00B\x00")}, {ID: ntlm.MsvAvTimestamp, Value: nonce[:]}}
	t1 := &token.Token{Negotiate: &ntlm.Negotiate{}}
	t2 := &token.Token{Challenge: &ntlm.Challenge{ServerChallenge: nonce, TargetInfo: names}}
	t3 := &token.Token{Authenticate: &ntlm.Authenticate{
		User: fmt.Sprintf("user%d", i%500), Domain: "CORP", Workstation: fmt.Sprintf("PC%d", i%500), TargetInfo: names,
		NTResponse: append(make([]byte, 32), nonce[:]...),
	}}
	p.exchange(c, 0, i, t1, 401, t2)
	p.exchange(c, 1, i, t3, 200, nil)
	for index := 2; index < 5; index++ {
		p.exchange(c, index, i, nil, 200, nil)
	}
	p.a.Closed(c, p.at(i), capture.Finished, false)
}

func (p *logons) at(i int) capture.Stamp {
	p.frame++
	return capture.Stamp{Frame: p.frame, Time: 1e18 + int64(i)*1e5}
}

func (p *logons) exchange(c *auth.Conn, index, i int, sent *token.Token, status int, got *token.Token) {
	var credentials []auth.Credentials
	if sent != nil {
		credentials = []auth.Credentials{{Scheme: "NTLM", Token: sent}}
	}
	x := analysistest.Request(c, index, p.at(i), credentials...)
	p.a.Request(x)
	var challenges []auth.Challenge
	if got != nil {
		challenges = []auth.Challenge{{Scheme: "NTLM", Token: got}}
	}
	analysistest.Answer(x, p.at(i), status, challenges...)
	p.a.Exchange(x)
}

// BenchmarkLogons shows what a logon costs: as much among a million as among
// ten thousand.
func BenchmarkLogons(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				start := time.Now()
				p := &logons{a: analysis.New(analysis.Options{}, analysis.Output{})}
				for i := range n {
					p.play(i)
				}
				b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(n), "ns/logon")
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "retained-B/logon")
				if r := p.a.End(nil); r.Summary.Accepted != int64(n) {
					b.Fatalf("%d of %d logons accepted", r.Summary.Accepted, n)
				}
			}
		})
	}
}

// TestLogonsRetainLittle bounds what is kept of a logon of which nothing was found: with
// tens of thousands of them in a window that is the memory of the program.
func TestLogonsRetainLittle(t *testing.T) {
	const n, most = 40_000, 640 // bytes: handshake, texts, connection, hop, host, and their places in tables
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	p := &logons{a: analysis.New(analysis.Options{}, analysis.Output{})}
	for i := range n {
		p.play(i)
	}
	if each := (heap() - before) / n; each > most {
		t.Errorf("a logon retains %d bytes, at most %d", each, most)
	}
	if r := p.a.End(nil); r.Summary.Accepted != n {
		t.Errorf("%d of %d logons accepted", r.Summary.Accepted, n)
	}
}
