package http_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// playedLogon is the messages of one NTLM logon, in base64.
type madeLogon struct{ negotiate, challenge, authenticate string }

var web01 = ntlmtest.Server{
	Name: "WEB01", Domain: "CORP", DNSName: "web01.corp.example", DNSDomain: "corp.example",
	Users: ntlmtest.Directory{"alice": "x"},
}

// logOn makes the messages of a logon. Each goes through change, which may wrap
// or patch it.
func logOn(c ntlmtest.Client, change func(kind int, message []byte) []byte) madeLogon {
	server := web01
	negotiate := c.Negotiate()
	challenge := server.Challenge(negotiate, capturetest.Start)
	authenticate := c.Authenticate(negotiate, challenge)
	text := func(kind int, m []byte) string {
		return base64.StdEncoding.EncodeToString(change(kind, slices.Clone(m)))
	}
	return madeLogon{text(1, negotiate), text(2, challenge), text(3, authenticate)}
}

func asIs(_ int, m []byte) []byte { return m }

// inSPNEGO wraps the messages as browsers and IIS do.
func inSPNEGO(kind int, m []byte) []byte {
	switch kind {
	case 1:
		return ntlmtest.NegTokenInit(m, ntlmtest.OIDNTLM)
	case 2:
		return ntlmtest.NegTokenResp(1, ntlmtest.OIDNTLM, m)
	}
	return ntlmtest.NegTokenResp(-1, nil, m)
}

// withoutVersionFlag clears NTLMSSP_NEGOTIATE_VERSION of an AUTHENTICATE and
// leaves the VERSION where it is.
func withoutVersionFlag(kind int, m []byte) []byte {
	if kind == 3 {
		m[63] &^= 0x02
	}
	return m
}

// madeClients are the layouts of messages that the shared captures lack,
// besides some that they have.
var madeClients = []struct {
	name   string
	client ntlmtest.Client
	change func(kind int, m []byte) []byte
	scheme string
}{
	{"MIC, SPN, no channel bindings", ntlmtest.Client{SPN: "HTTP/web01.corp.example"}, asIs, "NTLM"},
	{"channel bindings", ntlmtest.Client{Bindings: []byte("0123456789abcdef")}, asIs, "NTLM"},
	{"promised MIC that is zero", ntlmtest.Client{NoMIC: true}, asIs, "NTLM"},
	{"header without MIC", ntlmtest.Client{OldHeader: true}, asIs, "NTLM"},
	{"NTLMv1", ntlmtest.Client{Response: ntlmtest.NTLMv1}, asIs, "NTLM"},
	{"NTLMv1 with extended session security", ntlmtest.Client{Response: ntlmtest.NTLMv1ESS}, asIs, "NTLM"},
	{"LM", ntlmtest.Client{Response: ntlmtest.LM}, asIs, "NTLM"},
	{"anonymous", ntlmtest.Client{Response: ntlmtest.Anonymous}, asIs, "NTLM"},
	{"OEM names", ntlmtest.Client{Stack: ntlmtest.Curl, Clock: capturetest.Start}, asIs, "NTLM"},
	{"go-ntlmssp", ntlmtest.Client{Stack: ntlmtest.GoNTLMSSP}, asIs, "NTLM"},
	{"NTLM bare in Negotiate", ntlmtest.Client{}, asIs, "Negotiate"},
	{"NTLM in SPNEGO", ntlmtest.Client{SPN: "HTTP/web01"}, inSPNEGO, "Negotiate"},
}

// missed is what tshark 4.0 does not read, and the value that must be read.
type missed struct {
	frame       int
	field, want string
	reason      string
}

// The reasons that more than one conversation shows.
const (
	versionByFlag = "it tells by the flag whether there is a VERSION, not by the layout"
	behindGap     = "it shows nothing behind a gap if it puts segments in order"
)

// explains reports whether d is due to m. A message that is missed is missed
// with all its fields, and with the head if that has nothing else.
func (m missed) explains(d difference) bool {
	whole := strings.TrimSuffix(m.field, "message")
	return int64(m.frame) == d.frame &&
		(d.field == "" || d.field == m.field || whole != m.field && strings.HasPrefix(d.field, whole))
}

// TestAgreesWithTsharkOnMadeMessages does what TestAgreesWithTshark does, on
// layouts that the shared captures lack, and on those that tshark is known to
// miss: these must be read all the same.
func TestAgreesWithTsharkOnMadeMessages(t *testing.T) {
	program := findTshark(t)
	c := capturetest.New()
	misses := append(sayAll(c), sayMissed(c)...)
	path := filepath.Join(t.TempDir(), "made.pcap")
	if err := os.WriteFile(path, c.PCAP(), 0o600); err != nil {
		t.Fatal(err)
	}
	want := tsharkFacts(t, program, path)
	sink := newFactSink()
	decodeFile(t, path, sink)
	got := sink.facts()
	for _, d := range differences(got, want) {
		if !slices.ContainsFunc(misses, func(m missed) bool { return m.explains(d) }) {
			t.Error(d)
		}
	}
	for _, m := range misses {
		if v := valueAt(got, m); v != m.want {
			t.Errorf("frame %d, %s: got %q, want %q: %s", m.frame, m.field, v, m.want, m.reason)
		}
		if v := valueAt(want, m); v == m.want {
			t.Errorf("frame %d, %s: tshark reads it: not so that %s", m.frame, m.field, m.reason)
		}
	}
	t.Logf("%d heads, %d fields, %d misses", len(want), countFields(want), len(misses))
}

// valueAt returns the value of the field that m names.
func valueAt(list []facts, m missed) string {
	for _, f := range list {
		if f.frame == int64(m.frame) {
			return f.values[m.field]
		}
	}
	return ""
}

var (
	pcAlice   = capturetest.NewHost("10.9.0.10")
	hostWeb01 = capturetest.NewHost("10.9.0.20")
)

func get(fields ...string) string {
	return capturetest.Request("GET", "/reports", "web01.corp.example", fields...)
}

// sayAll has a logon of every made client, and of Kerberos. tshark reads all of
// it but some versions.
func sayAll(c *capturetest.Capture) (all []missed) {
	for _, m := range madeClients {
		client := m.client
		client.User, client.Domain, client.Password, client.Workstation = "alice", "CORP", "x", "PC1"
		l := logOn(client, m.change)
		k := c.Dial(pcAlice, hostWeb01.At(80)).
			Client(get("Authorization: " + m.scheme + " " + l.negotiate)).
			Server(capturetest.Response(401, 3000, "WWW-Authenticate: "+m.scheme+" "+l.challenge))
		if client.Stack != ntlmtest.Windows { // they ask for no version and get one
			all = append(all, missed{k.Frame().Number, "WWW-Authenticate token 0 version", "10.0.20348 revision 15", versionByFlag})
		}
		k.Client(capturetest.WithBody(get("Authorization: "+m.scheme+" "+l.authenticate), capturetest.Body(2000))).
			Server(capturetest.Response(200, 64)).Close()
	}
	sayKerberos(c)
	return all
}

// sayKerberos has a ticket accepted, and one refused.
func sayKerberos(c *capturetest.Capture) {
	token := func(b []byte) string { return "Negotiate " + base64.StdEncoding.EncodeToString(b) }
	ticket := ntlmtest.APReq("CORP.EXAMPLE", "HTTP", "web01.corp.example")
	for _, answer := range [][]byte{
		ntlmtest.NegTokenResp(0, ntlmtest.OIDKerberos, ntlmtest.APRep()),
		ntlmtest.NegTokenResp(2, nil, ntlmtest.KRBError(41, capturetest.Start, "CORP.EXAMPLE", "HTTP", "web01.corp.example")),
	} {
		c.Dial(pcAlice, hostWeb01.At(80)).
			Client(get("Authorization: " + token(ntlmtest.NegTokenInit(ticket, ntlmtest.OIDKerberos, ntlmtest.OIDNTLM)))).
			Server(capturetest.Response(200, 64, "WWW-Authenticate: "+token(answer))).Close()
	}
}

// sayMissed has the conversations that tshark does not read whole.
func sayMissed(c *capturetest.Capture) (all []missed) {
	client := ntlmtest.Client{User: "alice", Domain: "CORP", Password: "x", Workstation: "PC1"}
	l := logOn(client, asIs)
	const basic = "Authorization: Basic YWxpY2U6eA=="

	k := c.Dial(pcAlice, hostWeb01.At(80)).Client(get("Authorization: ntlm " + l.negotiate))
	all = append(all, missed{k.Frame().Number, "Authorization token 0 message", "1", lowerCase})
	k.Server(capturetest.Response(401, 64, `WWW-Authenticate: Basic realm="reports", NTLM `+l.challenge))
	all = append(all, missed{k.Frame().Number, "WWW-Authenticate token 0 message", "2", "it looks at the first challenge of a field only"})
	k.Close()

	first := logOn(client, func(_ int, m []byte) []byte {
		return ntlmtest.NegTokenInit(m, ntlmtest.OIDKerberos, ntlmtest.OIDNTLM)
	}).negotiate
	k = c.Dial(pcAlice, hostWeb01.At(80)).Client(get("Authorization: Negotiate " + first))
	all = append(all, missed{k.Frame().Number, "Authorization token 0 message", "1", "it takes the token for one of the first mechanism"})
	k.Server(capturetest.Response(200, 64)).Close()

	k = c.Dial(pcAlice, hostWeb01.At(80)).Client(get("Authorization: NTLM " + logOn(client, withoutVersionFlag).authenticate))
	all = append(all, missed{k.Frame().Number, "Authorization token 0 version", "10.0.19045 revision 15",
		versionByFlag})
	k.Server(capturetest.Response(200, 64)).Close()

	k = c.Dial(pcAlice, hostWeb01.At(80)).Client(get()).Lose(1).Server(capturetest.Response(200, 6000)).Client(get()).
		Server(capturetest.Response(401, 64, `WWW-Authenticate: Basic realm="reports"`))
	all = append(all, missed{k.Frame().Number, "WWW-Authenticate", `Basic realm="reports"`, behindGap})
	k.Client(get(basic)).Server(capturetest.Response(200, 64, "WWW-Authenticate: Negotiate")).Close()
	all = append(all, missed{k.Frame().Number, "WWW-Authenticate", "Negotiate", behindGap})
	return all
}
