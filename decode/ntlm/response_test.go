package ntlm

import (
	"bytes"
	"testing"
)

func TestResponseVersion(t *testing.T) {
	ess := append(bytesOf(8), make([]byte, 16)...)
	v1 := bytesOf(24)
	for _, test := range []struct {
		name   string
		flags  Flags
		lm, nt []byte
		want   ResponseVersion
		text   string
	}{
		{"LM and NTLMv1", 0, v1, v1, NTLMv1, "NTLMv1"},
		{"NTLM2 session response", ExtendedSessionSecurity, ess, v1, NTLMv1ESS, "NTLMv1-ESS"},
		{"the same without the flag", 0, ess, v1, NTLMv1, "NTLMv1"},
		{"the flag with another LM response", ExtendedSessionSecurity, v1, v1, NTLMv1, "NTLMv1"},
		{"the flag without LM response", ExtendedSessionSecurity, nil, v1, NTLMv1, "NTLMv1"},
		{"LM only", 0, v1, nil, LM, "LM"},
		{"NTLMv2, LM of zeros", ExtendedSessionSecurity, make([]byte, 24), v2(av()), NTLMv2, "NTLMv2"},
		{"NTLMv2 and LMv2", 0, v1, v2(nil), NTLMv2, "NTLMv2"},
		{"NTLMv2 alone", 0, nil, v2(nil), NTLMv2, "NTLMv2"},
		{"25 bytes are NTLMv2", 0, nil, bytesOf(25), NTLMv2, "NTLMv2"},
		{"anonymous", 0, []byte{0}, nil, NoResponse, "none"},
		{"nothing", 0, nil, nil, NoResponse, "none"},
		{"a short password", 0, bytesOf(6), bytesOf(12), UnknownResponse, "unknown"},
		{"a single byte that is no NUL", 0, []byte{1}, nil, UnknownResponse, "unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := &Authenticate{Flags: test.flags, LMResponse: test.lm, NTResponse: test.nt}
			if got := a.ResponseVersion(); got != test.want || got.String() != test.text {
				t.Errorf("got %s, want %s", got, test.text)
			}
		})
	}
	if s := ResponseVersion(200).String(); s != "unknown" {
		t.Errorf("a version out of range is %q", s)
	}
}

func TestFingerprint(t *testing.T) {
	for _, test := range []struct {
		name, lm, nt, want string
	}{
		{"no response", "", "", ""},
		{"anonymous", "\x00", "", ""},
		{"NT response", "", "abc", "ba7816bf8f01cfea"},
		{"the LM response does not count beside it", "xyz", "abc", "ba7816bf8f01cfea"},
		{"LM response alone", "abc", "", "ba7816bf8f01cfea"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := &Authenticate{LMResponse: Secret(test.lm), NTResponse: Secret(test.nt)}
			if got := a.Fingerprint(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestResponseKey(t *testing.T) {
	parse := func(lm, nt []byte) *Authenticate {
		a, _ := ParseAuthenticate(build(3, 64).flags(60, NegotiateUnicode).field(lmAt, lm).field(ntAt, nt).b, 0)
		return a
	}
	lm, nt := bytesOf(24), make([]byte, 24)
	if got, want := parse(lm, v2(nil)).ResponseKey(), v2(nil)[:16]; !bytes.Equal(got[:], want) {
		t.Errorf("the key of NTLMv2 is %x, want NTProofStr %x", got, want)
	}
	keys := map[ResponseKey]string{}
	for _, test := range []struct {
		name string
		a    *Authenticate
	}{
		{"NTLMv1", parse(lm, nt)},
		{"NTLMv1 with another LM response", parse(nt, nt)},
		{"LM", parse(lm, nil)},
		{"NTLMv2", parse(lm, v2(nil))},
		{"none", parse([]byte{0}, nil)},
	} {
		if other, found := keys[test.a.ResponseKey()]; found {
			t.Errorf("%s has the key of %s", test.name, other)
		}
		keys[test.a.ResponseKey()] = test.name
	}
	if keys[ResponseKey{}] != "none" {
		t.Errorf("the zero key is %s", keys[ResponseKey{}])
	}
	if first, again := parse(lm, nt), parse(lm, nt); first.ResponseKey() != again.ResponseKey() {
		t.Error("the same responses have different keys")
	}
}

func TestAnonymousAndLocalCall(t *testing.T) {
	local, remote := &Challenge{Flags: LocalCall}, &Challenge{}
	nul := Secret{0}
	for _, test := range []struct {
		name             string
		a                Authenticate
		challenge        *Challenge
		anonymous, local bool
	}{
		{name: "LM of one NUL, flag clear", a: Authenticate{LMResponse: nul}, challenge: remote, anonymous: true},
		{name: "LM of one NUL, flag set", a: Authenticate{LMResponse: nul, Flags: Anonymous}, anonymous: true},
		{name: "all empty", a: Authenticate{}, challenge: remote, anonymous: true},
		{name: "all empty, challenge unknown", a: Authenticate{}, anonymous: true},
		{name: "domain and workstation are there", a: Authenticate{Domain: "CORP", Workstation: "PC1", LMResponse: nul}, anonymous: true},
		{name: "session key is there", a: Authenticate{SessionKey: true, LMResponse: nul}, anonymous: true},
		{name: "user with an empty domain", a: Authenticate{User: "alice@corp.example", NTResponse: bytesOf(60)}},
		{name: "empty user with a response", a: Authenticate{NTResponse: bytesOf(60)}},
		{name: "user without a response", a: Authenticate{User: "www-data"}},
		{name: "LM only", a: Authenticate{User: "alice", LMResponse: bytesOf(24)}},
		{name: "empty user, LM response", a: Authenticate{LMResponse: bytesOf(24)}},
		{name: "LM of one byte that is no NUL", a: Authenticate{LMResponse: Secret{1}}},
		{name: "a field was lost", a: Authenticate{Incomplete: true, Flags: LocalCall}},

		{name: "local call", a: Authenticate{Flags: LocalCall}, challenge: local, local: true},
		{name: "local call, challenge lost", a: Authenticate{Flags: LocalCall}, local: true},
		{name: "local call with a MIC", a: Authenticate{Flags: LocalCall, HasMIC: true}, challenge: local, local: true},
		{name: "the server did not offer it", a: Authenticate{Flags: LocalCall}, challenge: remote, anonymous: true},
		{name: "both flags, challenge lost", a: Authenticate{Flags: LocalCall | Anonymous}, anonymous: true},
		{name: "both flags after the offer", a: Authenticate{Flags: LocalCall | Anonymous}, challenge: local, anonymous: true},
		{name: "a response after the offer", a: Authenticate{Flags: LocalCall, User: "alice", NTResponse: bytesOf(60)}, challenge: local},
		{name: "LM of one NUL after the offer", a: Authenticate{Flags: LocalCall, LMResponse: nul}, challenge: local, anonymous: true},
		{name: "empty after the offer, flag not repeated", a: Authenticate{}, challenge: local},
	} {
		t.Run(test.name, func(t *testing.T) {
			anonymous, local := test.a.Anonymous(test.challenge), test.a.LocalCall(test.challenge)
			if anonymous != test.anonymous || local != test.local {
				t.Errorf("anonymous %v, local call %v; want %v, %v", anonymous, local, test.anonymous, test.local)
			}
		})
	}
}
