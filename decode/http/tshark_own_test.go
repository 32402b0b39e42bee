package http_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/http"
	"ntlmtrace/decode/kerberos"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
	"ntlmtrace/decode/token"
)

// factSink collects the heads that carry authentication.
type factSink struct {
	exchanges []*auth.Exchange
	answers   [][]byte                 // the heads of their responses
	whole     map[exchangeKey][2]int64 // the frames in which the bodies of request and response end
}

func newFactSink() *factSink {
	return &factSink{whole: make(map[exchangeKey][2]int64)}
}

func (s *factSink) Request(*auth.Exchange) auth.Interest                { return auth.Everything }
func (s *factSink) Ticket(*auth.TicketExchange)                         {}
func (s *factSink) Passage(int, *capture.Passage)                       {}
func (s *factSink) Closed(*auth.Conn, capture.Stamp, capture.End, bool) {}

func (s *factSink) Exchange(x *auth.Exchange) auth.Interest {
	x.Keep()
	s.exchanges = append(s.exchanges, x)
	s.answers = append(s.answers, bytes.Clone(http.ResponseHead(x)))
	return auth.Everything
}

func (s *factSink) Complete(c *auth.Conn, index int, response bool, at capture.Stamp) {
	key := exchangeKey{c, index}
	frames := s.whole[key]
	if response {
		frames[1] = at.Frame
	} else {
		frames[0] = at.Frame
	}
	s.whole[key] = frames
}

// facts returns the heads. Wireshark shows a message in the frame in which its
// body ends, or, where it never does, in that of its head.
func (s *factSink) facts() (all []facts) {
	for i, x := range s.exchanges {
		whole := s.whole[exchangeKey{x.Conn, x.Index}]
		client, server := endpoint(x.Conn.Client), endpoint(x.Conn.Server)
		if f := newFacts(frameOf(x.Request.Stamp, whole[0]), client+" > "+server); f.frame != 0 {
			requestFacts(f, x)
			if f.authentic() {
				all = append(all, f)
			}
		}
		if f := newFacts(frameOf(x.Response.Stamp, whole[1]), server+" > "+client); f.frame != 0 {
			responseFacts(f, x, s.answers[i])
			if f.authentic() {
				all = append(all, f)
			}
		}
	}
	return all
}

func endpoint(a netip.AddrPort) string {
	return a.Addr().Unmap().String() + " " + strconv.Itoa(int(a.Port()))
}

func frameOf(head capture.Stamp, whole int64) int64 {
	if whole != 0 {
		return whole
	}
	return head.Frame
}

func requestFacts(f facts, x *auth.Exchange) {
	f.set("method", x.Target.Verb)
	f.set("target", x.Target.Name)
	f.set("Authorization", http.Field(http.RequestHead(x), 0, "Authorization"))
	f.set("Proxy-Authorization", http.Field(http.RequestHead(x), 0, "Proxy-Authorization"))
	tokens := make(map[string]int)
	for _, c := range x.Request.Credentials {
		field := "Authorization"
		if c.Session.Proxy {
			field = "Proxy-Authorization"
		}
		if c.Basic != nil {
			f.set(field+" user-id", c.Basic.User)
		}
		ownTokenFacts(f, field, tokens, c.Token)
	}
}

func responseFacts(f facts, x *auth.Exchange, head []byte) {
	f.set("status", strconv.Itoa(int(x.Result.Code)))
	f.set("WWW-Authenticate", http.Field(head, 0, "WWW-Authenticate"))
	f.set("Proxy-Authenticate", http.Field(head, 0, "Proxy-Authenticate"))
	tokens := make(map[string]int)
	for _, c := range x.Response.Challenges {
		field := "WWW-Authenticate"
		if c.Session.Proxy {
			field = "Proxy-Authenticate"
		}
		ownTokenFacts(f, field, tokens, c.Token)
	}
}

func ownTokenFacts(f facts, field string, tokens map[string]int, t *token.Token) {
	if t == nil {
		return
	}
	f = f.within(field, tokens[field])
	tokens[field]++
	if t.SPNEGO != nil {
		ownSPNEGOFacts(f, t.SPNEGO)
	}
	switch {
	case t.Negotiate != nil:
		f.set("message", "1")
		f.set("flags", flagText(t.Negotiate.Flags))
		f.set("version", versionText(t.Negotiate.Version))
		f.set("domain", t.Negotiate.Domain)
		f.set("workstation", t.Negotiate.Workstation)
	case t.Challenge != nil:
		f.set("message", "2")
		f.set("flags", flagText(t.Challenge.Flags))
		f.set("version", versionText(t.Challenge.Version))
		f.set("target name", t.Challenge.TargetName)
		f.set("server challenge", hex.EncodeToString(t.Challenge.ServerChallenge[:]))
		ownPairFacts(f, t.Challenge.TargetInfo)
	case t.Authenticate != nil:
		f.set("message", "3")
		ownAuthenticateFacts(f, t.Authenticate)
	case t.Kerberos != nil:
		ownKerberosFacts(f, t.Kerberos)
	}
}

func ownAuthenticateFacts(f facts, m *ntlm.Authenticate) {
	if m.HasFlags {
		f.set("flags", flagText(m.Flags))
	}
	f.set("version", versionText(m.Version))
	f.set("domain", m.Domain)
	f.set("user", m.User)
	f.set("workstation", m.Workstation)
	f.set("LM response", hex.EncodeToString(m.LMResponse.Bytes()))
	f.set("NT response", hex.EncodeToString(m.NTResponse.Bytes()))
	f.set("session key", present(m.SessionKey))
	switch {
	case m.MICZero:
		f.set("MIC", "zero")
	case m.HasMIC:
		f.set("MIC", "present")
	}
	f.set("NTProofStr", hex.EncodeToString(m.NTProofStr.Bytes()))
	f.set("client challenge", hex.EncodeToString(m.ClientChallenge.Bytes()))
	if !m.Time.IsZero() {
		f.set("response time", m.Time.Format(time.RFC3339Nano))
	}
	ownPairFacts(f, m.TargetInfo)
}

func ownPairFacts(f facts, list ntlm.AVPairs) {
	for i, pair := range list {
		value := hex.EncodeToString(pair.Value)
		one := ntlm.AVPairs{pair}
		switch at, ok := one.Timestamp(); {
		case ok:
			value = at.Format(time.RFC3339Nano)
		case pair.ID <= ntlm.MsvAvDnsTreeName || pair.ID == ntlm.MsvAvTargetName:
			value = one.Text(pair.ID)
		}
		f.set("AV_PAIR "+strconv.Itoa(i), strconv.Itoa(int(pair.ID))+" "+value)
	}
}

func flagText(v ntlm.Flags) string { return fmt.Sprintf("0x%08x", uint32(v)) }

func versionText(v *ntlm.Version) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf("%s revision %d", v, v.Revision)
}

func ownSPNEGOFacts(f facts, s *spnego.Token) {
	f.set("negotiation", "init")
	if s.Kind == spnego.Resp {
		f.set("negotiation", "resp")
	}
	var mechs []string
	for _, m := range s.MechTypes {
		mechs = append(mechs, m.Dotted())
	}
	f.set("mechTypes", strings.Join(mechs, " "))
	if s.NegState != nil {
		f.set("negState", strconv.Itoa(int(*s.NegState)))
	}
	if s.SupportedMech != "" {
		f.set("supportedMech", s.SupportedMech.Dotted())
	}
	f.set("mechListMIC", present(s.HasMechListMIC))
}

func ownKerberosFacts(f facts, m *kerberos.Message) {
	f.set("Kerberos message", strconv.Itoa(int(m.Kind)))
	f.set("realm", m.Realm)
	f.set("sname", m.Service)
	f.set("name-type", numberText(m.ServiceType))
	f.set("ticket etype", numberText(int(m.TicketEType)))
	f.set("kvno", numberText(m.KVNO))
	f.set("authenticator etype", numberText(int(m.AuthenticatorEType)))
	f.set("mutual-required", present(m.MutualRequired))
	f.set("use-session-key", present(m.UseSessionKey))
	f.set("error-code", numberText(m.ErrorCode))
}

// numberText returns "" for 0, which stands for a field that is absent.
func numberText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
