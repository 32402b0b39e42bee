package analysistest

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/token"
)

// Talk is what some machines say to each other, written as code and given to an
// analysis as exchanges, without packets. Every message is a frame of its own,
// and comes ten milliseconds after the one before. A machine has the NetBIOS
// name by which it is called, in capitals; "web01/2" is the machine web01 at a
// second address, "web01/6" is its IPv6 address.
//
// Challenges and tokens have numbers: token 1 answers challenge 1. A challenge
// names the server that issued it first, a token names the machine that sent it
// first as its workstation.
type Talk struct {
	Result
	analysis *analysis.Analysis
	now      capture.Stamp
	conns    []*Conn
	addrs    map[string]netip.Addr
	issuers  map[int]string
	senders  map[int]string
}

// NewTalk returns a Talk that nobody has said anything in.
func NewTalk(o analysis.Options) *Talk {
	t := &Talk{
		now:   capture.Stamp{Time: start},
		addrs: map[string]netip.Addr{}, issuers: map[int]string{}, senders: map[int]string{},
	}
	t.analysis = t.Result.analysis(o)
	return t
}

// start is when every Talk begins, and the same in the clock of servers, in
// steps of 100 ns since 1601.
const (
	start     = 1e18
	startFile = 116444736e9 + start/100
)

// Wait lets capture time pass.
func (t *Talk) Wait(d time.Duration) { t.now.Time += int64(d) }

// End ends the capture.
func (t *Talk) End() *Result {
	t.Report = t.analysis.End([]analysis.SourceReport{{Name: "test.pcap"}})
	return &t.Result
}

// Addr returns the address of a machine.
func (t *Talk) Addr(machine string) netip.Addr {
	if _, ok := t.addrs[machine]; !ok {
		last := byte(10 + len(t.addrs))
		t.addrs[machine] = netip.AddrFrom4([4]byte{10, 9, 0, last})
		if strings.HasSuffix(machine, "/6") {
			t.addrs[machine] = netip.AddrFrom16([16]byte{0: 0xfd, 15: last})
		}
	}
	return t.addrs[machine]
}

func (t *Talk) stamp() capture.Stamp {
	t.now.Frame++
	t.now.Time += 1e7
	return t.now
}

// Conn is a connection of a Talk.
type Conn struct {
	talk           *Talk
	auth           *auth.Conn
	client, server string
	waiting        []*auth.Exchange
	said           int
	lost           bool
}

// Conn opens a connection, whose beginning is captured.
func (t *Talk) Conn(client, server string) *Conn {
	n := uint32(len(t.conns) + 1)
	c := &Conn{
		talk: t, client: client, server: server,
		auth: &auth.Conn{
			ID: int64(n), Start: t.now, FromStart: true, KnownFirst: true, First: [2]uint32{n << 8, n << 16},
			Client: netip.AddrPortFrom(t.Addr(client), uint16(50000+n)), Server: netip.AddrPortFrom(t.Addr(server), 80),
			Digest: uint64(n),
		},
	}
	t.conns = append(t.conns, c)
	return c
}

// Negotiate sends a request with a NEGOTIATE.
func (c *Conn) Negotiate() *Conn {
	return c.ask("/reports", &token.Token{Negotiate: new(ntlm.Negotiate)}, nil)
}

// Challenged answers the oldest request that waits with challenge n.
func (c *Conn) Challenged(n int) *Conn {
	t := c.talk
	if t.issuers[n] == "" {
		t.issuers[n] = c.server
	}
	m := &ntlm.Challenge{ServerChallenge: [8]byte{byte(n)}, TargetInfo: t.info(n)}
	return c.answer(401, auth.Challenge{Scheme: "NTLM", Token: &token.Token{Challenge: m}})
}

// Challenge sends a NEGOTIATE and answers it with challenge n.
func (c *Conn) Challenge(n int) *Conn { return c.Negotiate().Challenged(n) }

// Token sends a request with token n.
func (c *Conn) Token(n int) *Conn { return c.TokenFor(n, "/reports") }

// TokenFor sends a request for a path with token n, which a front end may have
// marked.
func (c *Conn) TokenFor(n int, path string, marks ...auth.Mark) *Conn {
	t := c.talk
	if t.senders[n] == "" {
		t.senders[n] = c.client
	}
	m := &ntlm.Authenticate{
		User: machineOf(t.senders[n]), Domain: "CORP", Workstation: nameOf(t.senders[n]), TargetInfo: t.info(n),
		NTResponse: bytes.Repeat([]byte{byte(n)}, 40), NTProofStr: bytes.Repeat([]byte{byte(n)}, 16),
	}
	return c.ask(path, &token.Token{Authenticate: m}, marks)
}

// Get sends a request without credentials.
func (c *Conn) Get(path string, marks ...auth.Mark) *Conn { return c.ask(path, nil, marks) }

// Lose loses bytes of the connection before the next request.
func (c *Conn) Lose() *Conn {
	c.lost = true
	return c
}

// Answer answers the oldest request that waits. A refusal offers NTLM.
func (c *Conn) Answer(status int) *Conn {
	if status == 401 {
		return c.answer(status, auth.Challenge{Scheme: "NTLM"})
	}
	return c.answer(status)
}

// Close ends the connection. Requests that wait get no answer.
func (c *Conn) Close() *Conn {
	for _, x := range c.waiting {
		x.Ending = auth.ClosedEarly
		c.talk.analysis.Exchange(x)
	}
	c.waiting = nil
	c.talk.analysis.Closed(c.auth, c.talk.stamp(), capture.Finished, false)
	return c
}

func (c *Conn) ask(path string, credentials *token.Token, marks auth.MarkList) *Conn {
	var list []auth.Credentials
	if credentials != nil {
		list = append(list, auth.Credentials{Scheme: "NTLM", Token: credentials})
	}
	x := Request(c.auth, c.said, c.talk.stamp(), list...)
	x.Target.Host, x.Target.Name = machineOf(c.server)+".corp.example", path
	x.Gap, x.Marks = c.lost, marks
	c.said++
	c.lost = false
	c.waiting = append(c.waiting, x)
	c.talk.analysis.Request(x)
	return c
}

func (c *Conn) answer(status int, challenges ...auth.Challenge) *Conn {
	x := c.waiting[0]
	c.waiting = c.waiting[1:]
	Answer(x, c.talk.stamp(), status, challenges...)
	x.Response.Key = uint64(status) // pages of one status are the same
	c.talk.analysis.Exchange(x)
	return c
}

// info returns the target information of challenge n, which its answer repeats.
func (t *Talk) info(n int) ntlm.AVPairs {
	issuer := t.issuers[n]
	if issuer == "" {
		return nil // its challenge was not captured
	}
	return ntlm.AVPairs{
		{ID: ntlm.MsvAvNbComputerName, Value: utf16(nameOf(issuer))},
		{ID: ntlm.MsvAvTimestamp, Value: binary.LittleEndian.AppendUint64(nil, startFile+uint64(n))},
	}
}

func machineOf(s string) string {
	s, _, _ = strings.Cut(s, "/")
	return s
}

func nameOf(s string) string { return strings.ToUpper(machineOf(s)) }

func utf16(s string) (b []byte) {
	for _, c := range []byte(s) {
		b = append(b, c, 0)
	}
	return b
}
