package samples

import (
	"encoding/base64"
	"net/netip"
	"slices"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// passwords are those of the domain CORP.
var passwords = ntlmtest.Directory{
	"alice":   "Spring-2026",
	"bob":     "correct horse",
	"svc-web": "8jf2-Kq0x",
	"web01$":  "machine secret of WEB01",
}

// The machines that most stories need.
var (
	pc1   = capturetest.NewHost("10.9.0.10") // alice's
	pc2   = capturetest.NewHost("10.9.0.11") // bob's
	alice = ntlmtest.Client{User: "alice", Domain: "CORP", Password: "Spring-2026", Workstation: "PC1"}
	bob   = ntlmtest.Client{User: "bob", Domain: "CORP", Password: "correct horse", Workstation: "PC2"}
)

// The accounts that a front end has of its own.
var (
	service = ntlmtest.Client{User: "svc-web", Domain: "CORP", Password: "8jf2-Kq0x", Workstation: "WEB01"}
	machine = ntlmtest.Client{User: "WEB01$", Domain: "CORP", Password: "machine secret of WEB01", Workstation: "WEB01"}
)

// realm is the Kerberos realm of the domain.
const realm = "CORP.EXAMPLE"

// Account names for findings.
const (
	corpAlice = `CORP\alice`
	corpBob   = `CORP\bob`
)

// A stage is where a story is told: a capture, and what must be found in it.
type stage struct {
	name     string
	capture  *capturetest.Capture
	format   []capturetest.Format
	findings []finding
	cards    []netip.Addr
	clock    time.Duration
}

// tap begins the capture anew, with options.
func (s *stage) tap(options ...capturetest.Option) { s.capture = capturetest.New(options...) }

// card is a second network card of a server, from which it calls others.
func (s *stage) card(addr string) capturetest.Host {
	h := capturetest.NewHost(addr)
	s.cards = append(s.cards, h.Addr)
	return h
}

// want states a finding that there must be.
func (s *stage) want(f finding) { s.findings = append(s.findings, f) }

func (s *stage) sample() Sample {
	out := Sample{Name: s.name, Capture: s.capture.PCAP(s.format...), Cards: s.cards, Clock: s.clock}
	out.Marks = slices.ContainsFunc(s.capture.Frames(), func(f *capturetest.Frame) bool { return f.Direction != capturetest.Unmarked })
	for _, f := range s.findings {
		out.Want = append(out.Want, f.want(s.name))
	}
	return out
}

// web01 is the front end of most stories, WEB01 on port 80.
func web01() *site { return newSite("WEB01", "web01.corp.example", "10.9.0.20") }

// mbx02 is the back end of most stories, MBX02 on port 80.
func mbx02() *site { return newSite("MBX02", "mbx02.corp.example", "10.9.0.30") }

// frames collects evidence.
func frames(f ...*capturetest.Frame) []*capturetest.Frame { return f }

// sites collects servers.
func sites(s ...*site) []*site { return s }

// ntlm is the field with a token under the NTLM scheme.
func ntlm(token []byte) string { return credentials("NTLM", token) }

// negotiate is the field with a token under the Negotiate scheme.
func negotiate(token []byte) string { return credentials("Negotiate", token) }

func credentials(scheme string, token []byte) string {
	return "Authorization: " + scheme + " " + base64.StdEncoding.EncodeToString(token)
}

// basic is the field with the credentials of RFC 7617.
func basic(c ntlmtest.Client) string {
	return credentials("Basic", []byte(c.User+":"+c.Password))
}

// ticket is the SPNEGO token of a client that has a Kerberos ticket for the
// HTTP service of a host, and could do NTLM.
func ticket(host string) []byte {
	return ntlmtest.NegTokenInit(ntlmtest.APReq(realm, "HTTP", host),
		ntlmtest.OIDMSKerberos, ntlmtest.OIDKerberos, ntlmtest.OIDNTLM)
}

// toProxy makes a field with credentials one for a proxy.
func toProxy(field string) string { return "Proxy-" + field }
