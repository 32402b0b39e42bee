package samples

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// A site is an HTTP server that authenticates as IIS does: by connection for
// NTLM and by request for the rest.
type site struct {
	*ntlmtest.Server
	at         capturetest.Endpoint
	offers     []string // what a 401 names, one field each
	open       bool     // everybody may come in
	proxy      bool     // it is a proxy: 407 and Proxy-Authenticate
	trusts     []string // schemes whose credentials are taken unseen
	perRequest bool     // the logon counts for one request, not for the connection
	mute       bool     // it sends neither Server nor Persistent-Auth, as other products
	service    string   // of the Kerberos tickets that it can decrypt: "web01.corp.example"
	krbError   int      // what it answers to others, RFC 4120 section 7.5.9; 0 for nothing but a new offer
	closes     bool     // it announces the end of the connection with a CHALLENGE_MESSAGE
	workgroup  bool     // it has no Kerberos, and asks for NTLM instead
}

func newSite(name, dns, addr string) *site {
	_, domain, _ := strings.Cut(dns, ".")
	return &site{
		Server: &ntlmtest.Server{Name: name, Domain: "CORP", DNSName: dns, DNSDomain: domain, Users: passwords},
		at:     capturetest.NewHost(addr).At(80),
		offers: []string{"Negotiate", "NTLM"},
	}
}

// offering changes what a 401 of the site names.
func (w *site) offering(offers ...string) *site {
	w.offers = offers
	return w
}

// on moves the site to another port.
func (w *site) on(port uint16) *site {
	w.at.Port = port
	return w
}

// behind gives the same server under another address, as a load balancer
// does.
func (w *site) behind(addr, dns string) *site {
	v := *w
	v.at = capturetest.NewHost(addr).At(80)
	server := *w.Server
	server.DNSName = dns
	v.Server = &server
	return &v
}

// logon is what a site remembers of a connection.
type logon struct {
	negotiate, challenge []byte // of a handshake that is under way
	user                 string // who is logged on
}

// verdict is an answer of a site.
type verdict struct {
	status int
	fields []string
	body   int
}

// decide answers a request with these credentials, empty if it has none. It
// keeps in l what the connection must remember.
func (w *site) decide(l *logon, credentials string, x *session) verdict {
	scheme, value, _ := strings.Cut(credentials, " ")
	token, _ := base64.StdEncoding.DecodeString(value)
	switch {
	case w.open, credentials == "" && l.user != "" && !w.perRequest:
		return w.welcome()
	case scheme == "Basic":
		user, password, _ := strings.Cut(string(token), ":")
		if want, ok := w.Users[user]; ok && want == password {
			return w.welcome()
		}
	case slices.Contains(w.trusts, scheme):
		return w.welcome()
	case scheme == "NTLM" || scheme == "Negotiate":
		return w.shake(l, scheme, token, x)
	}
	return w.refuse()
}

// shake goes on with an NTLM handshake.
func (w *site) shake(l *logon, scheme string, token []byte, x *session) verdict {
	m := ntlmtest.Unwrap(token)
	if m == nil {
		return w.ticket(l, token, x)
	}
	wrapped := !bytes.Equal(m, token)
	if m[8] == 1 {
		*l = logon{negotiate: m, challenge: w.Challenge(m, x.stage.capture.Now())}
		return w.challenge(scheme, l.challenge, wrapped)
	}
	who, err := w.Verify(l.negotiate, l.challenge, m)
	*l = logon{}
	if err != nil || who.Anonymous {
		return w.refuse()
	}
	l.user = who.User
	if l.user == "" {
		l.user = "the local user"
	}
	v := w.welcome()
	if wrapped {
		done := ntlmtest.NegTokenResp(ntlmtest.AcceptCompleted, nil, nil)
		v.fields = append(v.fields, w.field()+": "+scheme+" "+base64.StdEncoding.EncodeToString(done))
	}
	return v
}

// ticket answers a Kerberos token, with a KRB-ERROR if the site gives one.
func (w *site) ticket(l *logon, token []byte, x *session) verdict {
	*l = logon{}
	if w.service != "" && bytes.Contains(token, []byte(w.service)) {
		l.user = "somebody with a ticket"
		v := w.welcome()
		done := ntlmtest.NegTokenResp(ntlmtest.AcceptCompleted, ntlmtest.OIDMSKerberos, ntlmtest.APRep())
		v.fields = append(v.fields, w.field()+": Negotiate "+base64.StdEncoding.EncodeToString(done))
		return v
	}
	v := w.refuse()
	var no []byte
	switch {
	case w.workgroup:
		no = ntlmtest.NegTokenResp(ntlmtest.AcceptIncomplete, ntlmtest.OIDNTLM, nil)
	case w.krbError != 0: // IIS says accept-incomplete with it
		now := x.stage.capture.Now().Add(w.Skew)
		no = ntlmtest.NegTokenResp(ntlmtest.AcceptIncomplete, nil, ntlmtest.KRBError(w.krbError, now, realm, "HTTP", w.DNSName))
	default:
		return v
	}
	v.fields = append(w.marks("Microsoft-IIS/10.0"), w.field()+": Negotiate "+base64.StdEncoding.EncodeToString(no))
	return v
}

// welcome is the answer to somebody who may come in.
func (w *site) welcome() verdict {
	v := verdict{status: http.StatusOK, fields: w.marks("Microsoft-IIS/10.0"), body: 300}
	if !w.open && !w.mute && !w.proxy {
		v.fields = append(v.fields, "Persistent-Auth: true")
	}
	return v
}

// refuse is the answer that asks for credentials.
func (w *site) refuse() verdict {
	v := verdict{status: w.status(), fields: w.marks("Microsoft-IIS/10.0"), body: 60}
	for _, o := range w.offers {
		v.fields = append(v.fields, w.field()+": "+o)
	}
	return v
}

// challenge is the answer with a CHALLENGE_MESSAGE. IIS leaves it to http.sys.
func (w *site) challenge(scheme string, token []byte, wrapped bool) verdict {
	if wrapped {
		token = ntlmtest.NegTokenResp(ntlmtest.AcceptIncomplete, ntlmtest.OIDNTLM, token)
	}
	fields := append(w.marks("Microsoft-HTTPAPI/2.0"), w.field()+": "+scheme+" "+base64.StdEncoding.EncodeToString(token))
	if w.closes {
		fields = append(fields, "Connection: close")
	}
	return verdict{status: w.status(), fields: fields, body: 60}
}

func (w *site) marks(software string) []string {
	fields := []string{"Content-Type: text/html; charset=us-ascii"}
	if !w.mute {
		fields = append(fields, "Server: "+software)
	}
	return fields
}

func (w *site) status() int {
	if w.proxy {
		return http.StatusProxyAuthRequired
	}
	return http.StatusUnauthorized
}

func (w *site) field() string {
	if w.proxy {
		return "Proxy-Authenticate"
	}
	return "WWW-Authenticate"
}
