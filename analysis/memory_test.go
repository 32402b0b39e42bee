package analysis_test

import (
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/token"

	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/capture"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/samples"
)

// TestLittleMemory reads the traffic of many clients with room for few of their
// logons, so that many leave before they are over: each is given out, and
// counted once.
func TestLittleMemory(t *testing.T) {
	load := samples.NewLoad(samples.LoadOptions{Seed: 7, Clients: 200, Duration: 2 * time.Minute})
	all, err := analysistest.Read(load.Capture, analysis.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, memory := range []int64{1, 64 << 10, 256 << 10, 1 << 20} {
		t.Run(fmt.Sprint(memory), func(t *testing.T) {
			r, err := analysistest.Read(load.Capture, analysis.Options{MaxMemory: memory})
			if err != nil {
				t.Fatal(err)
			}
			if r.Summary.Requests != all.Summary.Requests || len(r.Handshakes) < len(all.Handshakes) || int(r.Summary.Handshakes) != len(r.Handshakes) {
				t.Errorf("%d handshakes were given out and %d counted, with room for all %d", len(r.Handshakes), r.Summary.Handshakes, len(all.Handshakes))
			}
			if r.Summary.NotRead.ForgottenEarly == 0 && memory < 1<<20 {
				t.Error("nothing is said to be forgotten")
			}
		})
	}
}

// TestLateChallenges lets the CHALLENGE messages of many connections come when their
// handshakes had to leave the window already.
func TestLateChallenges(t *testing.T) {
	const conns = 500
	a := analysis.New(analysis.Options{MaxMemory: 1}, analysis.Output{})
	frame := int64(0)
	at := func() capture.Stamp {
		frame++
		return capture.Stamp{Frame: frame, Time: 1e18 + frame*1e6}
	}
	request := func(c *auth.Conn, index int, token *token.Token) *auth.Exchange {
		x := analysistest.Request(c, index, at(), auth.Credentials{Scheme: "NTLM", Token: token})
		a.Request(x)
		return x
	}
	answer := func(x *auth.Exchange, status int, list ...auth.Challenge) {
		analysistest.Answer(x, at(), status, list...)
		a.Exchange(x)
	}
	for round := range 3 {
		var open []*auth.Exchange
		for i := range conns {
			c := &auth.Conn{
				ID: frame, FromStart: true, KnownFirst: true, First: [2]uint32{uint32(frame), 7},
				Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), uint16(1024+round)),
				Server: netip.MustParseAddrPort("10.2.0.1:80"),
			}
			open = append(open, request(c, 0, &token.Token{Negotiate: &ntlm.Negotiate{}}))
		}
		for i, x := range open {
			nonce := [8]byte{byte(i), byte(i >> 8), 1}
			names := ntlm.AVPairs{{ID: ntlm.MsvAvNbComputerName, Value: []byte("W\x00E\x00B\x00")}, {ID: ntlm.MsvAvTimestamp, Value: nonce[:]}}
			answer(x, 401, auth.Challenge{Scheme: "NTLM", Token: &token.Token{Challenge: &ntlm.Challenge{ServerChallenge: nonce, TargetInfo: names}}})
		}
		for i, x := range open {
			m := &ntlm.Authenticate{User: "alice", Domain: "CORP", NTResponse: append(make([]byte, 32), byte(i), byte(i>>8))}
			answer(request(x.Conn, 1, &token.Token{Authenticate: m}), 200)
			a.Closed(x.Conn, at(), capture.Finished, false)
		}
	}
	if r := a.End(nil); r.Summary.Accepted != 3*conns {
		t.Errorf("%d logons were accepted, want %d", r.Summary.Accepted, 3*conns)
	}
}

// TestFindingsCostLittle gives each of many clients a finding of its own: what is said of it
// must cost a bounded number of allocations.
func TestFindingsCostLittle(t *testing.T) {
	const clients = 2000
	a := analysis.New(analysis.Options{}, analysis.Output{})
	var exchanges []*auth.Exchange
	for i := range clients {
		at := capture.Stamp{Frame: int64(i + 1), Time: 1e18 + int64(i)*1e6}
		c := &auth.Conn{
			ID: int64(i + 1), FromStart: true, KnownFirst: true, First: [2]uint32{uint32(i), 7},
			Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 1024),
			Server: netip.MustParseAddrPort("10.2.0.1:80"),
		}
		x := analysistest.Request(c, 0, at, auth.Credentials{Scheme: "Basic", Basic: &token.Basic{User: "alice"}})
		analysistest.Answer(x, at, 200)
		exchanges = append(exchanges, x)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, x := range exchanges {
		a.Request(x)
		a.Exchange(x)
		a.Closed(x.Conn, x.Response.Stamp, capture.Finished, false)
	}
	runtime.ReadMemStats(&after)
	if r := a.End(nil); len(r.Findings) != clients {
		t.Fatalf("%d findings, want one for each of %d clients", len(r.Findings), clients)
	}
	if each := float64(after.Mallocs-before.Mallocs) / clients; each > 40 {
		t.Errorf("a logon with a finding of its own costs %.1f allocations", each)
	}
}
