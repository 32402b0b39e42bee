package analysis_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// forwardProxy is where the proxy is that everybody uses.
var forwardProxy = netip.MustParseAddrPort("10.9.0.8:8080")

// proxyChanges is what becomes of a finding on the way to a forward proxy. What
// a site does as a client of others comes from an address of which nothing says
// that it is the site's: 4.2.
var proxyChanges = []*change{
	{from: "double-hop-anonymous high/high", to: "guest-or-null-session info/high", also: "error-after-logon medium/high", why: "A: it says what is seen of the second hop alone"},
	{from: "double-hop-identity-changed medium/high", to: "authorization-denied low/medium", why: "4.4: no nested rule explains the refusal"},
	{from: "double-hop-identity-changed info/medium", why: "A: the front end is a client there"},
	{from: "double-hop-no-credentials medium/medium", to: "auth-not-persisted low/medium", why: "B: what the front end's answer says alone"},
	{from: "double-hop-no-credentials medium/medium", also: "error-after-logon info/high", why: "A: without the first hop there is no finding"},
	{from: "double-hop-token-forwarded high/high", to: "double-hop-token-forwarded high/medium", why: "4.3 (3): another address sends it while the first waits for its answer"},
	{from: "loopback-check medium/high", to: "loopback-check medium/medium", why: "4.2: nothing says which address the site has"},
	{from: "ntlm-reflection high/medium", why: "4.2: likewise"},
	{from: "basic-forwarded info/high", why: "A: the client of the second hop is the server of the first"},
}

// TestThroughForwardProxy captures every sample between its clients and a
// forward proxy: they send what they send to the proxy, with absolute targets.
// Each site keeps its own session, and the findings say the same of it.
func TestThroughForwardProxy(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		if s.Marks {
			t.Skip("the marks are evidence here")
		}
		if speaksToProxy(s.packets) {
			t.Skip("some of its clients use a proxy: what the others ask it for matters")
		}
		before := analysistest.ReadPackets(s.packets, analysis.Options{}).Findings
		after := analysistest.ReadPackets(throughProxy(s.packets), analysis.Options{}).Findings
		compareStatements(t, elsewhere(statements(before, anyServer)), elsewhere(statements(after, anyServer)), proxyChanges)
	})
	allHappened(t, proxyChanges)
}

// TestBesideSitesOfForwardProxy lets a user of each client log on to another site
// through the same proxy: that says nothing of the sites of the sample.
func TestBesideSitesOfForwardProxy(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		if s.Marks {
			t.Skip("the marks are evidence here")
		}
		packets := throughProxy(s.packets)
		alone := analysistest.ReadPackets(packets, analysis.Options{})
		length := time.Duration(packets[len(packets)-1].Time - packets[0].Time)
		server := ntlmtest.Server{Name: "NEWS01", Domain: "CORP", DNSName: "news.corp.example", DNSDomain: "corp.example", Skew: s.Clock}
		said := statements(alone.Findings, same)
		beside := func(from netip.Addr, client ntlmtest.Client) {
			for _, after := range []time.Duration{0, length / 2, length} {
				more := healthyLogon(t, s, after, client, &server, capturetest.NewHost(from.String()),
					capturetest.NewHost(forwardProxy.Addr().String()).At(forwardProxy.Port()), "http://news.corp.example/")
				got := analysistest.ReadPackets(together(packets, more), analysis.Options{})
				t.Run(fmt.Sprint(from, client.User, after), func(t *testing.T) {
					compareStatements(t, said, statements(got.Findings, same), siteChanges)
				})
			}
		}
		known := map[string]bool{}
		for i := range alone.Handshakes {
			h := &alone.Handshakes[i]
			from := h.Conn.Client.Addr()
			if h.Conn.Server != forwardProxy || h.Proxy {
				continue
			}
			client := ntlmtest.Client{User: "carol", Domain: "CORP", Password: "Summer-2026", Workstation: cmp.Or(h.Workstation, "PC1")}
			if !known[from.String()] {
				known[from.String()] = true
				beside(from, client)
			}
			// Of those whose password is in doubt, a logon elsewhere says something.
			if client.User, client.Domain = h.User, h.Domain; h.User != "" && h.Outcome == report.Accepted && !known[h.User] {
				known[h.User] = true
				beside(from, client)
			}
		}
	})
	allHappened(t, siteChanges)
}

// siteChanges is what becomes of a finding if the user logs on to another site.
var siteChanges = []*change{
	{from: "clock-skew low/low", to: "clock-skew low/medium", why: "D: a third clock shows that it is not the capture's"},
	{from: "ntlm-relay high/high", to: "ntlm-relay high/medium", why: "4.5 (1): what was asked of the same machine meanwhile may be what the second connection asks for"},
}

// elsewhere leaves out at which endpoints servers are: all are at the proxy.
func elsewhere(list []statement) []statement {
	for i := range list {
		list[i].at = ""
	}
	return list
}

// anyServer leaves endpoints of servers out of a text, and the site in front of
// a path.
func anyServer(text string) string { return serverEnds.ReplaceAllString(text, "") }

var serverEnds = regexp.MustCompile(`\bhttp://[a-z0-9.-]+|\b10\.[0-9]+\.[0-9]+\.[0-9]+:[0-9]+\b|\[fd00:[0-9a-f:]+\]:[0-9]+`)

// requestLine is the beginning of a request to a server, and its Host field.
var requestLine = regexp.MustCompile(`(?m)^([A-Z]+ )(/[^ ]* HTTP/1\.[01]\r\n)(?:Host: ([^\r\n]*))?`)

// throughProxy sends the requests of those that are clients alone to a proxy.
// Who speaks to a proxy already stays with it.
func throughProxy(packets []capture.Packet) []capture.Packet {
	clients, toProxy := onlyClients(packets), map[flow]bool{}
	for _, p := range packets {
		h := headersOf(p)
		if text := string(h.payload()); clients[h.flow().src.Addr()] && spokenToProxy.MatchString(text) {
			toProxy[h.flow()] = true
		}
	}
	through := func(f flow) bool { return clients[f.src.Addr()] && f.dst.Addr().Is4() && !toProxy[f] }
	out := rewritten(packets, func(f flow, payload []byte) []byte {
		if !through(f) {
			return payload
		}
		return requestLine.ReplaceAllFunc(payload, func(b []byte) []byte {
			m := requestLine.FindSubmatch(b)
			host := string(m[3])
			if host == "" {
				host = f.dst.Addr().String()
			}
			return []byte(strings.Replace(string(b), string(m[1]), string(m[1])+"http://"+host, 1))
		})
	})
	return readdressed(out, func(f flow) flow {
		switch {
		case through(f):
			return flow{f.src, forwardProxy}
		case through(f.back()):
			return flow{forwardProxy, f.dst}
		}
		return f
	})
}

// speaksToProxy reports whether a client uses a forward proxy.
func speaksToProxy(packets []capture.Packet) bool {
	return slices.ContainsFunc(packets, func(p capture.Packet) bool { return spokenToProxy.Match(headersOf(p).payload()) })
}

var spokenToProxy = regexp.MustCompile(`(?m)^([A-Z]+ http://|CONNECT |Proxy-Authorization)`)
