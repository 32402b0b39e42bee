package ntlmtest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
	"time"
)

var (
	noon  = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	users = Directory{"alice": "Spring-2026"}
)

func web01() *Server {
	return &Server{Name: "WEB01", Domain: "CORP", DNSName: "web01.corp.example", DNSDomain: "corp.example", Users: users}
}

func alice(s Stack, r Response) Client {
	return Client{User: "alice", Domain: "CORP", Password: "Spring-2026", Workstation: "PC1", Stack: s, Response: r, Clock: noon}
}

// TestPublishedValues holds the computations against MS-NLMP section 4.2.
func TestPublishedValues(t *testing.T) {
	challenge, _ := hex.DecodeString("0123456789abcdef")
	clientChallenge := bytes.Repeat([]byte{0xaa}, 8)
	info := pairs{{avDomain, utf16le("Domain")}, {avComputer, utf16le("Server")}}
	key := ntowfv2("User", "Domain", "Password")
	tests := []struct {
		name, want string
		got        []byte
	}{
		{"LMOWFv1", "e52cac67419a9a224a3b108f3fa6cb6d", lmowfv1("Password")},
		{"NTOWFv1", "a4f49c406510bdcab6824ee7c30fd852", ntowfv1("Password")},
		{"NTOWFv2", "0c868a403bfd7a93a3001ef22ef02e3f", key},
		{"NTLMv1 response", "67c43011f30298a2ad35ece64f16331c44bdbed927841f94", desl(ntowfv1("Password"), challenge)},
		{"LMv1 response", "98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13", desl(lmowfv1("Password"), challenge)},
		{"NTLMv1 response with ESS", "7537f803ae367128ca458204bde7caf81e97ed2683267232",
			desl(ntowfv1("Password"), essChallenge(challenge, clientChallenge))},
		{"LMv2 response", "86c35097ac9cec102554764a57cccc19", hmacMD5(key, challenge, clientChallenge)},
		{"NTProofStr", "68cd0ab851e51c96aabc927bebef6a1c",
			ntlmv2(key, challenge, clientChallenge, make([]byte, 8), info.bytes(), 4)[:16]},
	}
	for _, tt := range tests {
		if got := hex.EncodeToString(tt.got); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestSameResponseAsGoNTLMSSP computes the library's NTLMv2 response again.
func TestSameResponseAsGoNTLMSSP(t *testing.T) {
	c := alice(GoNTLMSSP, NTLMv2)
	challenge := web01().Challenge(c.Negotiate(), noon)
	nt := message(c.Authenticate(nil, challenge)).field(20)
	again := ntlmv2(ntowfv2("alice", "CORP", "Spring-2026"), challenge[24:32], nt[32:40],
		parsePairs(message(challenge).field(40)).value(avTimestamp), message(challenge).field(40), 4)
	if !bytes.Equal(nt, again) {
		t.Errorf("ours differs:\n% x\n% x", again, nt)
	}
}

func TestOneVerdictForEveryClient(t *testing.T) {
	tests := []struct {
		name     string
		stack    Stack
		response Response
	}{
		{"Windows", Windows, NTLMv2},
		{"Windows NTLMv1", Windows, NTLMv1},
		{"Windows NTLMv1 with ESS", Windows, NTLMv1ESS},
		{"Windows LM", Windows, LM},
		{"curl", Curl, NTLMv2},
		{"go-ntlmssp", GoNTLMSSP, NTLMv2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, c := web01(), alice(tt.stack, tt.response)
			negotiate := c.Negotiate()
			challenge := s.Challenge(negotiate, noon)
			token := c.Authenticate(negotiate, challenge)
			l, err := s.Verify(negotiate, challenge, token)
			if err != nil || l.User != "alice" || l.Domain != "CORP" || l.Anonymous {
				t.Fatalf("own challenge: %+v, %v", l, err)
			}
			if _, err := s.Verify(negotiate, s.Challenge(negotiate, noon), token); !errors.Is(err, errResponse) {
				t.Errorf("another challenge: %v, want %v", err, errResponse)
			}
			c.Password = "wrong"
			if _, err := s.Verify(negotiate, challenge, c.Authenticate(negotiate, challenge)); !errors.Is(err, errResponse) {
				t.Errorf("another password: %v, want %v", err, errResponse)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	s := web01()
	local := web01()
	local.Local = true
	old := web01()
	old.NoTimestamp, old.MaxLifetime = true, 36*time.Hour
	tests := []struct {
		name   string
		server *Server
		change func(*Client)
		want   Logon
		err    error
	}{
		{"anonymous", s, func(c *Client) { c.Response = Anonymous }, Logon{Anonymous: true}, nil},
		{"local call", local, func(c *Client) { c.Response = LocalCall }, Logon{}, nil},
		{"unknown user", s, func(c *Client) { c.User = "mallory" }, Logon{User: "mallory", Domain: "CORP"}, errUser},
		{"MIC removed", s, func(c *Client) { c.NoMIC = true }, Logon{User: "alice", Domain: "CORP"}, errMIC},
		{"client's clock behind", old, func(c *Client) { c.Clock = noon.Add(-40 * time.Hour) },
			Logon{User: "alice", Domain: "CORP"}, errStale},
		{"client's clock good enough", old, func(c *Client) { c.Clock = noon.Add(-30 * time.Hour) },
			Logon{User: "alice", Domain: "CORP"}, nil},
		{"user in capitals", s, func(c *Client) { c.User = "ALICE" }, Logon{User: "ALICE", Domain: "CORP"}, nil},
	}
	for _, tt := range tests {
		c := alice(Windows, NTLMv2)
		tt.change(&c)
		negotiate := c.Negotiate()
		challenge := tt.server.Challenge(negotiate, noon)
		got, err := tt.server.Verify(negotiate, challenge, c.Authenticate(negotiate, challenge))
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %+v, %v; want %+v, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
}

func TestUnwrapFindsWhatWasWrapped(t *testing.T) {
	token := alice(Windows, NTLMv2).Negotiate()
	tests := []struct {
		name  string
		in    []byte
		found bool
	}{
		{"raw", token, true},
		{"NegTokenInit", NegTokenInit(token, OIDKerberos, OIDNTLM), true},
		{"NegTokenResp", NegTokenResp(AcceptIncomplete, OIDNTLM, token), true},
		{"Kerberos", NegTokenInit(APReq("CORP.EXAMPLE", "HTTP", "web01"), OIDKerberos), false},
		{"length past the end", []byte{0x60, 0x84, 0xff, 0xff, 0xff, 0xff, 0}, false},
		{"nothing", nil, false},
	}
	for _, tt := range tests {
		if got := Unwrap(tt.in); bytes.Equal(got, token) != tt.found {
			t.Errorf("%s: % x", tt.name, got)
		}
	}
}

// FuzzVerify states that no message but the right one is accepted for a user.
func FuzzVerify(f *testing.F) {
	s, c := web01(), alice(Windows, NTLMv2)
	negotiate := c.Negotiate()
	challenge := s.Challenge(negotiate, noon)
	token := c.Authenticate(negotiate, challenge)
	f.Add(token)
	f.Add(alice(Curl, NTLMv2).Authenticate(negotiate, challenge))
	f.Fuzz(func(t *testing.T, m []byte) {
		l, err := s.Verify(negotiate, challenge, m)
		if err == nil && !l.Anonymous && promisesMIC(message(m).field(20)) && !bytes.Equal(m, token) {
			t.Errorf("accepted as %+v: % x", l, m)
		}
	})
}

// FuzzUnwrap states that what was wrapped comes out again, and that nothing
// else does.
func FuzzUnwrap(f *testing.F) {
	f.Add([]byte("NTLMSSP\x00\x01\x00\x00\x00"))
	f.Add(NegTokenInit(APReq("CORP.EXAMPLE", "HTTP", "web01"), OIDKerberos))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m := Unwrap(b); m != nil && !bytes.Contains(b, m) {
			t.Errorf("% x is not part of % x", m, b)
		}
		token := append([]byte(signature), b...)
		if len(token) > 1<<15 {
			return // a DER length of two bytes holds it and its wrapping
		}
		for _, wrapped := range [][]byte{NegTokenInit(token, OIDNTLM), NegTokenResp(AcceptIncomplete, nil, token)} {
			if m := Unwrap(wrapped); !bytes.Equal(m, token) {
				t.Errorf("wrapped % x, unwrapped % x", token, m)
			}
		}
	})
}
