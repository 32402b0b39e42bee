package token

import (
	"encoding/base64"
	"encoding/binary"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
	"ntlmtrace/decode/token/tokentest"
)

const (
	ntlmNegotiate   = tokentest.Negotiate
	ntlmChallenge   = tokentest.Challenge
	oldAuthenticate = tokentest.OldAuthenticate
	bareError       = tokentest.KerberosError
)

var (
	gssFrame     = tokentest.GSSFrame
	negTokenInit = tokentest.NegTokenInit
	negTokenResp = tokentest.NegTokenResp
)

// kindOf says what ParseToken made of a token.
func kindOf(t *Token) string {
	var kinds []string
	for _, k := range []struct {
		name string
		is   bool
	}{
		{"spnego", t.SPNEGO != nil}, {"negotiate", t.Negotiate != nil}, {"challenge", t.Challenge != nil},
		{"authenticate", t.Authenticate != nil}, {"kerberos", t.Kerberos != nil}, {"negoex", t.NegoEx},
	} {
		if k.is {
			kinds = append(kinds, k.name)
		}
	}
	return strings.Join(kinds, " ")
}

var tokenTests = []struct {
	name, scheme, token string
	want                string
	problems            []string
}{
	{"NEGOTIATE", "NTLM", ntlmNegotiate, "negotiate", nil},
	{"bare NTLM under Negotiate", "Negotiate", ntlmChallenge, "challenge", nil},
	{"NTLM in a first token", "Negotiate", gssFrame(spnego.SPNEGO, negTokenInit(ntlmNegotiate, spnego.NTLMSSP)), "spnego negotiate", nil},
	{"NTLM in an answer", "Negotiate", negTokenResp(ntlmChallenge), "spnego challenge", nil},
	{"AUTHENTICATE in a later token", "Negotiate", negTokenResp(oldAuthenticate), "spnego authenticate", nil},
	{"first token without frame", "Negotiate", negTokenInit(ntlmNegotiate, spnego.NTLMSSP), "spnego negotiate", nil},
	{"SPNEGO under NTLM", "NTLM", negTokenResp(ntlmChallenge), "spnego challenge", []string{"the NTLM scheme carries a token of Negotiate"}},
	{"Kerberos in a frame", "Negotiate", gssFrame(spnego.Kerberos, "\x03\x00"+bareError), "kerberos", nil},
	{"Kerberos bare", "Negotiate", bareError, "kerberos", nil},
	{"Kerberos in SPNEGO", "Negotiate", gssFrame(spnego.SPNEGO, negTokenInit(gssFrame(spnego.MSKerberos, "\x03\x00"+bareError), spnego.MSKerberos)), "spnego kerberos", nil},
	{"NEGOEX in SPNEGO", "Negotiate", negTokenInit("NEGOEXTS\x00", spnego.NegoEx, spnego.NTLMSSP), "spnego negoex", nil},
	{"mechanism not chosen yet", "Negotiate", negTokenInit("", spnego.Kerberos), "spnego", nil},
	{
		"unknown mechanism in SPNEGO", "Negotiate", negTokenInit("????", spnego.IAKERB), "spnego",
		[]string{"spnego: a token of 4 bytes is of no known mechanism"},
	},
	{
		"undecodable SPNEGO, NTLM found in it", "Negotiate", "\xa1\x80" + negTokenResp(ntlmChallenge)[4:], "challenge",
		[]string{"spnego: token at byte 0: no length"},
	},
	{
		"undecodable SPNEGO without NTLM", "Negotiate", "\xa1\x80\x00\x00", "",
		[]string{"spnego: token at byte 0: no length"},
	},
	{
		"NTLM in a frame of its own", "Negotiate", gssFrame(spnego.NTLMSSP, ntlmNegotiate), "negotiate",
		[]string{"token of 50 bytes in a frame of mechanism NTLMSSP"},
	},
	{"text", "NTLM", "hello", "", []string{"token of 5 bytes is of no known kind"}},
	{"unknown message type", "NTLM", "NTLMSSP\x00\x09\x00\x00\x00", "", []string{"ntlm: message of 12 bytes is of no known type"}},
	{
		"each problem by itself", "NTLM", ntlmChallenge[:12] + "\x01\x00\x00\x00\xff\x00\x00\x00" + ntlmChallenge[20:28], "challenge",
		[]string{
			"ntlm: ServerChallenge at byte 24: 8 bytes do not fit in a message of 28",
			"ntlm: TargetName at byte 12: 1 bytes do not fit in a message of 28",
		},
	},
}

func TestParseToken(t *testing.T) {
	for _, test := range tokenTests {
		t.Run(test.name, func(t *testing.T) {
			got := Parse(test.scheme, base64.StdEncoding.EncodeToString([]byte(test.token)), 0)
			if kind := kindOf(got); kind != test.want || got.Size != len(test.token) {
				t.Errorf("got %q of %d bytes, want %q of %d", kind, got.Size, test.want, len(test.token))
			}
			if !slices.Equal(got.Problems, test.problems) {
				t.Errorf("problems %q, want %q", got.Problems, test.problems)
			}
			if s := got.SPNEGO; s != nil && (s.MechToken != nil || s.ResponseToken != nil) {
				t.Error("the token of the mechanism is kept")
			}
		})
	}
}

func TestNoTokenIsABareOffer(t *testing.T) {
	for _, token68 := range []string{"", "=", " ", "\t =="} {
		if got := Parse("NTLM", token68, 0); got != nil {
			t.Errorf("%q became %+v", token68, got)
		}
	}
}

func TestFlagsOfTheChallengeServeTheOldestLayout(t *testing.T) {
	token68 := base64.StdEncoding.EncodeToString([]byte(oldAuthenticate))
	for flags, want := range map[ntlm.Flags]string{0: "AA", ntlm.NegotiateOEM: "AA", ntlm.NegotiateUnicode: "\u4141"} {
		if got := Parse("NTLM", token68, flags).Authenticate.User; got != want {
			t.Errorf("%s: got user %q, want %q", flags, got, want)
		}
	}
}

// Tokens share a buffer while they are decoded, and nothing after.
func TestTokensShareNoMemory(t *testing.T) {
	first := base64.StdEncoding.EncodeToString([]byte(negTokenResp(oldAuthenticate)))
	got := Parse("Negotiate", first, 0)
	for _, other := range tokenTests {
		Parse("Negotiate", base64.StdEncoding.EncodeToString([]byte(other.token)), 0)
	}
	if want := Parse("Negotiate", first, 0); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v after other tokens, want %+v", got, want)
	}
}

func TestDamagedBase64IsStillTried(t *testing.T) {
	got := Parse("NTLM", base64.StdEncoding.EncodeToString([]byte(ntlmNegotiate))[:40]+"#rest", 0)
	if kindOf(got) != "negotiate" || got.Negotiate.Flags == 0 || len(got.Problems) != 1 {
		t.Errorf("got %+v, problems %q", got, got.Problems)
	}
}

func FuzzParseToken(f *testing.F) {
	for _, test := range tokenTests {
		f.Add(test.scheme, []byte(test.token), uint32(0))
	}
	f.Add("NTLM", []byte(oldAuthenticate), uint32(ntlm.NegotiateUnicode))
	f.Fuzz(func(t *testing.T, scheme string, b []byte, negotiated uint32) {
		flags := ntlm.Flags(negotiated)
		Parse(scheme, string(b), flags) // as base64, damaged in every way
		got := Parse(scheme, base64.StdEncoding.EncodeToString(b), flags)
		if got == nil {
			if len(b) != 0 {
				t.Fatalf("%d bytes became nothing", len(b))
			}
			return
		}
		for _, other := range []string{base64.RawURLEncoding.EncodeToString(b), " " + base64.StdEncoding.EncodeToString(b)} {
			if again := Parse(scheme, other, flags); !reflect.DeepEqual(got, again) {
				t.Fatalf("another alphabet changes %+v to %+v", got, again)
			}
		}
		if got.Size != len(b) {
			t.Fatalf("size %d of %d bytes", got.Size, len(b))
		}
		if kindOf(got) == "" && len(got.Problems) == 0 {
			t.Fatal("nothing was decoded, and nothing was wrong")
		}
	})
}

// logonToken is an AUTHENTICATE of the size that Windows sends.
func logonToken() string {
	le := binary.LittleEndian
	b := make([]byte, 88)
	copy(b, "NTLMSSP\x00\x03")
	le.PutUint32(b[60:], uint32(ntlm.NegotiateUnicode))
	field := func(at int, data []byte) {
		le.PutUint16(b[at:], uint16(len(data)))
		le.PutUint32(b[at+4:], uint32(len(b)))
		b = append(b, data...)
	}
	wide := func(s string) (w []byte) {
		for i := range len(s) {
			w = append(w, s[i], 0)
		}
		return w
	}
	nt := append(make([]byte, 16), 1, 1)
	nt = append(nt, make([]byte, 26)...)
	for id, v := range []string{"WEB01", "CORP", "web01.corp.example", "corp.example", "corp.example"} {
		nt = le.AppendUint16(le.AppendUint16(nt, uint16(id+1)), uint16(2*len(v)))
		nt = append(nt, wide(v)...)
	}
	field(28, wide("CORP"))
	field(36, wide("alice"))
	field(44, wide("PC1"))
	field(12, make([]byte, 24))
	field(20, nt)
	return string(b)
}

func BenchmarkParseToken(b *testing.B) {
	for _, bench := range []struct{ name, token string }{
		{"NEGOTIATE", ntlmNegotiate},
		{"AUTHENTICATE", logonToken()},
		{"AUTHENTICATE in SPNEGO", negTokenResp(logonToken())},
		{"KRB-ERROR", bareError},
	} {
		b.Run(bench.name, func(b *testing.B) {
			token68 := base64.StdEncoding.EncodeToString([]byte(bench.token))
			b.SetBytes(int64(len(token68)))
			b.ReportAllocs()
			for b.Loop() {
				Parse("Negotiate", token68, 0)
			}
		})
	}
}

func TestTokensCostFewAllocations(t *testing.T) {
	for _, test := range []struct {
		name, token string
		most        float64
	}{
		{"NEGOTIATE", ntlmNegotiate, 3},
		{"AUTHENTICATE", logonToken(), 4},
		{"AUTHENTICATE in SPNEGO", negTokenResp(logonToken()), 4},
	} {
		token68 := base64.StdEncoding.EncodeToString([]byte(test.token))
		if got := testing.AllocsPerRun(100, func() { Parse("Negotiate", token68, 0) }); got > test.most {
			t.Errorf("%s: %v allocations, at most %v wanted", test.name, got, test.most)
		}
	}
}
