package analysis_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// cloneChanges is what becomes of a finding if other machines have the names of
// its own.
var cloneChanges = []*change{
	{from: "clock-skew low/low", to: "clock-skew low/medium", why: "D: a third clock shows that it is not the capture's"},
}

// TestBesideClones adds to every sample two machines of another network that
// have the names of two of its own: a healthy logon says nothing of others.
func TestBesideClones(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		if s.Marks {
			t.Skip("the marks are evidence here")
		}
		r := analysistest.ReadPackets(s.packets, analysis.Options{})
		length := time.Duration(s.packets[len(s.packets)-1].Time - s.packets[0].Time)
		for _, domain := range []string{"CORP", "OTHER"} {
			for _, after := range []time.Duration{0, length / 2, length} {
				for pair := range namesOf(r) {
					packets := together(s.packets, pair.talk(t, s, domain, after))
					got := analysistest.ReadPackets(packets, analysis.Options{})
					t.Run(fmt.Sprint(pair, domain, after), func(t *testing.T) {
						compareStatements(t, statements(r.Findings, same), statements(got.Findings, same), cloneChanges)
					})
				}
			}
		}
	})
	allHappened(t, cloneChanges)
}

func same(s string) string { return s }

// names is those of a workstation and a server.
type names struct{ workstation, server string }

func namesOf(r analysistest.Result) map[names]bool {
	out := map[names]bool{}
	for _, h := range r.Handshakes {
		for _, g := range r.Handshakes {
			if h.Workstation != "" && g.ServerName != "" {
				out[names{h.Workstation, g.ServerName}] = true
			}
		}
	}
	return out
}

// talk is a healthy logon between machines of these names, after a while of the
// sample.
func (n names) talk(t *testing.T, s sample, domain string, after time.Duration) []capture.Packet {
	server := ntlmtest.Server{Name: n.server, Domain: domain, DNSName: n.server + ".other.example", DNSDomain: "other.example", Skew: s.Clock}
	client := ntlmtest.Client{User: "carol", Domain: domain, Password: "Summer-2026", Workstation: n.workstation}
	return healthyLogon(t, s, after, client, &server, capturetest.NewHost("10.77.0.10"), capturetest.NewHost("10.77.0.20").At(80), "/")
}

// healthyLogon is packets of a logon beside those of a sample.
func healthyLogon(t *testing.T, s sample, after time.Duration, client ntlmtest.Client, server *ntlmtest.Server, from capturetest.Host, to capturetest.Endpoint, target string) []capture.Packet {
	t.Helper()
	client.SPN = "HTTP/" + server.DNSName
	c := capturetest.New().Wait(after)
	field := func(name string, token []byte) string {
		return name + ": NTLM " + base64.StdEncoding.EncodeToString(token)
	}
	x := c.Dial(from, to, capturetest.FromPort(65001))
	negotiate := client.Negotiate()
	x.Client(capturetest.Request("GET", target, server.DNSName, field("Authorization", negotiate)))
	challenge := server.Challenge(negotiate, c.Now())
	x.Server(capturetest.Response(401, 60, field("WWW-Authenticate", challenge)))
	x.Client(capturetest.Request("GET", target, server.DNSName, field("Authorization", client.Authenticate(negotiate, challenge))))
	x.Server(capturetest.Response(200, 300, "Persistent-Auth: true"))
	x.Close()
	packets, err := analysistest.Packets(c.PCAP())
	if err != nil {
		t.Fatal(err)
	}
	if r := analysistest.ReadPackets(packets, analysis.Options{}); len(r.Findings) > 0 && s.Clock == 0 {
		t.Fatalf("the healthy logon alone: %q", analysistest.Said(r.Findings))
	}
	for i := range packets {
		packets[i].Time += s.packets[0].Time - capturetest.Start.UnixNano()
	}
	return packets
}

// together gives packets in the order of time.
func together(packets ...[]capture.Packet) []capture.Packet {
	out := slices.Concat(packets...)
	slices.SortStableFunc(out, func(a, b capture.Packet) int { return int(a.Time - b.Time) })
	return numbered(out)
}
