package analysis_test

import (
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/token"

	"net/netip"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/decode/ntlm"
)

// conversation plays events to an Analysis as bytes say: a few connections of a few
// machines, some of which are both client and server.
type conversation struct {
	a     *analysis.Analysis
	in    []byte
	frame int64
	now   int64
	conns [8]*auth.Conn
	open  [8][]*auth.Exchange // of each connection, not answered yet
	index [8]int
	given int // requests with credentials
}

// next takes the next byte of the input, 0 behind its end.
func (p *conversation) next() int {
	if len(p.in) == 0 {
		return 0
	}
	b := p.in[0]
	p.in = p.in[1:]
	return int(b)
}

func (p *conversation) at() capture.Stamp {
	p.frame++
	return capture.Stamp{Frame: p.frame, Time: p.now}
}

func (p *conversation) conn(n int) *auth.Conn {
	if p.conns[n] == nil {
		host := func(b int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, 0, byte(b % 5)}), 80)
		}
		kind := p.next()
		p.conns[n] = &auth.Conn{
			ID: p.frame + 1, Client: netip.AddrPortFrom(host(kind).Addr(), uint16(50000+p.frame)), Server: host(kind >> 3),
			FromStart: kind&1 == 0, KnownFirst: kind&2 == 0, First: [2]uint32{uint32(kind) << 20, 1},
		}
		p.index[n] = 0
	}
	return p.conns[n]
}

func session(proxy bool) auth.Session {
	if proxy {
		return analysistest.Proxy
	}
	return auth.Session{}
}

// pairs returns AV_PAIR of one of a few servers.
func pairs(b int) ntlm.AVPairs {
	return ntlm.AVPairs{
		{ID: ntlm.MsvAvNbComputerName, Value: []byte{'A' + byte(b&3), 0}},
		{ID: ntlm.MsvAvTimestamp, Value: []byte{byte(b >> 2), 1, 2, 3, 4, 5, 6, 1}},
	}
}

func (p *conversation) credentials() []auth.Credentials {
	switch b := p.next(); b & 7 {
	case 0:
		return nil
	case 1, 2:
		return []auth.Credentials{{Scheme: "NTLM", Token: &token.Token{Negotiate: &ntlm.Negotiate{}}}}
	case 3:
		basic, _ := token.ParseBasic("YWxpY2U6c2VjcmV0", "")
		return []auth.Credentials{{Scheme: "Basic", Basic: basic, Session: session(b&8 != 0)}}
	case 4:
		return []auth.Credentials{{Scheme: "NTLM", Token: &token.Token{Authenticate: &ntlm.Authenticate{LMResponse: []byte{0}}}}}
	}
	b := p.next()
	m := &ntlm.Authenticate{User: "alice", Domain: "CORP", Workstation: string(rune('A' + b&3)), TargetInfo: pairs(b)}
	m.NTResponse = append(make([]byte, 40), byte(b))
	m.NTProofStr = append(make([]byte, 15), byte(b))
	return []auth.Credentials{{Scheme: "Negotiate", Token: &token.Token{Authenticate: m}, Session: session(b&64 != 0)}}
}

func (p *conversation) answer(x *auth.Exchange) {
	statuses := [...]int{200, 401, 407, 403, 500, 0}
	b := p.next()
	var challenges []auth.Challenge
	if b >= 128 {
		n := p.next()
		challenges = []auth.Challenge{{Scheme: "NTLM", Token: &token.Token{Challenge: &ntlm.Challenge{ServerChallenge: [8]byte{byte(n)}, TargetInfo: pairs(n)}}}}
	} else if b >= 64 {
		challenges = []auth.Challenge{{Scheme: "NTLM"}, {Scheme: "Negotiate"}}
	}
	if status := statuses[b%len(statuses)]; status != 0 {
		analysistest.Answer(x, p.at(), status, challenges...)
	} else {
		x.Ending = auth.Lost
		x.Response.Challenges = challenges
	}
	p.a.Exchange(x)
	if b&1 != 0 {
		p.a.Complete(x.Conn, x.Index, true, p.at())
	}
}

// play plays one event.
func (p *conversation) play() {
	b := p.next()
	n := b >> 5
	switch c := p.conn(n); b & 7 {
	case 0, 1, 2:
		x := analysistest.Request(c, p.index[n], p.at(), p.credentials()...)
		x.Gap = b&8 != 0
		p.index[n]++
		if len(x.Request.Credentials) > 0 {
			p.given++
		}
		p.a.Request(x)
		p.open[n] = append(p.open[n], x)
	case 3, 4, 5:
		if len(p.open[n]) > 0 {
			x := p.open[n][0]
			p.open[n] = p.open[n][1:]
			p.answer(x)
		}
	case 6:
		p.now += int64(p.next()) * 4e9
		p.a.Advance(p.now)
	default:
		p.end(n, auth.ClosedEarly, capture.Finished, b&8 != 0)
	}
}

// end ends a connection, as decoders do: what waits for an answer first.
func (p *conversation) end(n int, why auth.Ending, how capture.End, lost bool) {
	for _, x := range p.open[n] {
		x.Ending = why
		p.a.Exchange(x)
	}
	p.a.Closed(p.conns[n], p.at(), how, lost)
	p.conns[n], p.open[n] = nil, nil
}

// FuzzEvents plays any events with any memory: nothing panics, and each handshake is
// given out once, in the order of the ids.
func FuzzEvents(f *testing.F) {
	f.Add(uint8(0), []byte("\x00\x01\x03\x80\x00\x05\x03\x00\x07"))
	f.Add(uint8(1), []byte("\x00\x01\x23\x03\x80\x20\x05\x11\x23\x00\x06\xff\x03\x80\x07"))
	f.Fuzz(func(t *testing.T, memory uint8, in []byte) {
		last := int64(0)
		p := &conversation{in: in[:min(len(in), 4096)], now: 1e18}
		o := analysis.Options{MaxMemory: int64(memory) << 12}
		if memory&1 == 0 {
			o.Open = func() []*auth.Exchange { return nil }
		}
		p.a = analysis.New(o, analysis.Output{Handshake: func(h *report.Handshake) {
			if h.ID != last+1 {
				t.Fatalf("handshake %d was given out after %d", h.ID, last)
			}
			last = h.ID
		}})
		for len(p.in) > 0 {
			p.play()
		}
		for n, c := range p.conns {
			if c != nil {
				p.end(n, auth.CaptureEnded, capture.CaptureEnd, false)
			}
		}
		r := p.a.End(nil)
		if r.Summary.Handshakes != last {
			t.Errorf("%d handshakes were counted and %d given out", r.Summary.Handshakes, last)
		}
	})
}
