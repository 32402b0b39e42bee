package spnego

import (
	"encoding/hex"
	"ntlmtrace/decode/internal/dertest"
	"reflect"
	"slices"
	"testing"
)

func frame(mech OID, inner string) string {
	return dertest.TLV(0x60, dertest.TLV(0x06, string(mech)), inner)
}

func initToken(fields ...string) string { return dertest.TLV(0xa0, dertest.TLV(0x30, fields...)) }

func respToken(fields ...string) string { return dertest.TLV(0xa1, dertest.TLV(0x30, fields...)) }

func mechTypes(list ...OID) string {
	var body string
	for _, o := range list {
		body += dertest.TLV(0x06, string(o))
	}
	return dertest.TLV(0xa0, dertest.TLV(0x30, body))
}

func octets(n byte, s string) string { return dertest.TLV(0xa0|n, dertest.TLV(0x04, s)) }

const notDefined = "not_defined_in_RFC4178@please_ignore"

var parseTests = []struct {
	name string
	in   string
	want *Token
	err  string
}{
	{
		name: "first token of a client",
		in:   frame(SPNEGO, initToken(mechTypes(MSKerberos, Kerberos, NegoEx, NTLMSSP), octets(2, "NTLMSSP"))),
		want: &Token{Kind: Init, Framed: true, MechTypes: []OID{MSKerberos, Kerberos, NegoEx, NTLMSSP}, MechToken: []byte("NTLMSSP")},
	},
	{
		name: "without frame, with request flags of 16 bits and a MIC",
		in:   initToken(mechTypes(NTLMSSP), dertest.TLV(0xa1, dertest.TLV(0x03, "\x01\xc2\x00")), octets(3, "mic")),
		want: &Token{Kind: Init, MechTypes: []OID{NTLMSSP}, ReqFlags: 0xc2, HasMechListMIC: true},
	},
	{
		name: "first token of a server",
		in: frame(SPNEGO, initToken(mechTypes(Kerberos, NTLMSSP),
			dertest.TLV(0xa3, dertest.TLV(0x30, dertest.TLV(0xa0, dertest.TLV(0x1b, notDefined)), dertest.TLV(0xa1, dertest.TLV(0x04, "address")))), octets(4, "mic"))),
		want: &Token{Kind: Init2, Framed: true, MechTypes: []OID{Kerberos, NTLMSSP}, HintName: notDefined, HasMechListMIC: true},
	},
	{
		name: "MIC tagged [4] in a NegTokenInit",
		in:   initToken(mechTypes(NTLMSSP), octets(4, "mic")),
		want: &Token{Kind: Init, MechTypes: []OID{NTLMSSP}, HasMechListMIC: true},
	},
	{
		name: "challenge",
		in:   respToken(dertest.TLV(0xa0, dertest.TLV(0x0a, "\x01")), dertest.TLV(0xa1, dertest.TLV(0x06, string(NTLMSSP))), octets(2, "token")),
		want: &Token{Kind: Resp, NegState: state(AcceptIncomplete), SupportedMech: NTLMSSP, ResponseToken: []byte("token")},
	},
	{
		name: "last token of a client, without state",
		in:   respToken(octets(2, "token"), octets(3, "mic")),
		want: &Token{Kind: Resp, ResponseToken: []byte("token"), HasMechListMIC: true},
	},
	{
		name: "accepted, nothing else",
		in:   respToken(dertest.TLV(0xa0, dertest.TLV(0x0a, "\x00"))),
		want: &Token{Kind: Resp, NegState: state(AcceptCompleted)},
	},
	{name: "all absent", in: respToken(), want: &Token{Kind: Resp}},
	{
		name: "lengths longer than needed",
		in:   "\x60\x82\x00\x1a\x06\x06" + string(SPNEGO) + "\xa1\x84\x00\x00\x00\x0c\x30\x82\x00\x08\xa0\x83\x00\x00\x03\x0a\x01\x02",
		want: &Token{Kind: Resp, Framed: true, NegState: state(Reject)},
	},
	{
		name: "unknown mechanism, fields of the future, bytes behind",
		in:   initToken(mechTypes("\x2a\x03"), octets(7, "?")) + "more",
		want: &Token{Kind: Init, MechTypes: []OID{"\x2a\x03"}},
	},
	{
		name: "token cut short: what is there is given",
		in:   frame(SPNEGO, initToken(mechTypes(NTLMSSP), octets(2, "NTLMSSP and more")))[:48],
		want: &Token{Kind: Init, Framed: true, MechTypes: []OID{NTLMSSP}, MechToken: []byte("NTLMSSP and mo")},
		err:  "spnego: token at byte 0: 48 bytes do not fit in the 46 left",
	},
	{
		name: "mechToken of another type, MIC still seen",
		in:   initToken(dertest.TLV(0xa2, dertest.TLV(0x0c, "text")), octets(3, "mic")),
		want: &Token{Kind: Init, HasMechListMIC: true},
		err:  "spnego: mechToken at byte 8: tag 0c instead of 04",
	},
	{
		name: "state out of range",
		in:   respToken(dertest.TLV(0xa0, dertest.TLV(0x0a, "\x07")), octets(2, "token")),
		want: &Token{Kind: Resp, ResponseToken: []byte("token")},
		err:  "spnego: negState at byte 6: 7 is no state",
	},
	{
		name: "state of another type is no state",
		in:   respToken(dertest.TLV(0xa0, dertest.TLV(0x02, "\x00"))),
		want: &Token{Kind: Resp},
		err:  "spnego: negState at byte 8: tag 02 instead of 0a",
	},
	{
		name: "indefinite length", in: "\xa1\x80\x30\x00\x00\x00",
		err: "spnego: token at byte 0: no length",
	},
	{
		name: "indefinite length inside", in: "\xa1\x04\x30\x80\x00\x00",
		want: &Token{Kind: Resp},
		err:  "spnego: NegTokenResp at byte 2: no length",
	},
	{
		name: "frame of Kerberos", in: frame(Kerberos, initToken()),
		err: "spnego: thisMech at byte 2: not SPNEGO",
	},
	{name: "frame alone", in: frame(SPNEGO, ""), err: "spnego: NegotiationToken at byte 0: neither NegTokenInit nor NegTokenResp"},
	{name: "empty", in: "", err: "spnego: NegotiationToken at byte 0: neither NegTokenInit nor NegTokenResp"},
	{name: "NTLM", in: "NTLMSSP\x00\x01\x00\x00\x00", err: "spnego: token at byte 0: 84 bytes do not fit in the 10 left"},
}

func state(s NegState) *NegState { return &s }

func TestParse(t *testing.T) {
	for _, test := range parseTests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse([]byte(test.in))
			if text := dertest.ErrorText(err); !reflect.DeepEqual(got, test.want) || text != test.err {
				t.Errorf("got %+v, %q\nwant %+v, %q\nof %x", got, text, test.want, test.err, test.in)
			}
		})
	}
}

func TestMechanismListIsBounded(t *testing.T) {
	got, err := Parse([]byte(initToken(mechTypes(slices.Repeat([]OID{NTLMSSP}, 1000)...))))
	if len(got.MechTypes) != maxMechTypes || err == nil {
		t.Errorf("%d mechanisms, %v", len(got.MechTypes), err)
	}
}

func TestMechanism(t *testing.T) {
	for _, test := range []struct {
		in   string
		want OID
		ok   bool
	}{
		{frame(SPNEGO, "rest"), SPNEGO, true},
		{frame(Kerberos, "rest")[:13], Kerberos, true},
		{frame(Kerberos, "rest")[:12], "\x2a\x86\x48\x86\xf7\x12\x01\x02", true},
		{initToken(mechTypes(NTLMSSP)), "", false},
		{"\x60", "", false},
		{"\x60\x02\x04\x00", "", false},
		{"", "", false},
	} {
		if got, ok := Mechanism([]byte(test.in)); got != test.want || ok != test.ok {
			t.Errorf("%x: got %s, %v, want %s, %v", test.in, got, ok, test.want, test.ok)
		}
	}
}

func TestIsNegoEx(t *testing.T) {
	if !IsNegoEx([]byte("NEGOEXTS\x00\x00\x00\x00")) || IsNegoEx([]byte("NEGOEX")) || IsNegoEx(nil) {
		t.Error("NEGOEX is not told by its signature")
	}
}

func TestOIDNames(t *testing.T) {
	for _, test := range []struct {
		o            OID
		text, dotted string
	}{
		{SPNEGO, "SPNEGO", "1.3.6.1.5.5.2"},
		{Kerberos, "Kerberos", "1.2.840.113554.1.2.2"},
		{MSKerberos, "MS Kerberos", "1.2.840.48018.1.2.2"},
		{KerberosUserToUser, "Kerberos user-to-user", "1.2.840.113554.1.2.2.3"},
		{NTLMSSP, "NTLMSSP", "1.3.6.1.4.1.311.2.2.10"},
		{NegoEx, "NEGOEX", "1.3.6.1.4.1.311.2.2.30"},
		{IAKERB, "IAKERB", "1.3.6.1.5.2.5"},
		{"\x88\x37\x03", "2.999.3", "2.999.3"},
		{"\x01", "0.1", "0.1"},
		{"", "", ""},
		{"\x2a\x86", "2a86", "2a86"},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "ffffffffffffffffffff01", "ffffffffffffffffffff01"},
	} {
		text, _ := test.o.MarshalText()
		if test.o.String() != test.text || test.o.Dotted() != test.dotted || string(text) != test.text {
			t.Errorf("%x: got %s, %s, want %s, %s", string(test.o), test.o, test.o.Dotted(), test.text, test.dotted)
		}
	}
}

// The first bytes of a Windows client's token, up to its mechToken.
func TestWindowsInitialToken(t *testing.T) {
	b, err := hex.DecodeString("604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa22a0428" +
		"4e544c4d5353500001000000978208e2000000000000000000000000000000000a0063450000000f")
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(b)
	if err != nil || !slices.Equal(got.MechTypes, []OID{NTLMSSP}) || len(got.MechToken) != 40 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func FuzzSPNEGO(f *testing.F) {
	for _, test := range parseTests {
		f.Add([]byte(test.in))
	}
	var used Scratch
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Parse(b)
		again, againErr := used.Parse(b)
		if !reflect.DeepEqual(got, again) || (err == nil) != (againErr == nil) {
			t.Fatalf("%+v, %v, in a scratch that was used %+v, %v", got, err, again, againErr)
		}
		if got == nil {
			if err == nil {
				t.Fatal("neither a token nor an error")
			}
			return
		}
		if len(got.MechToken)+len(got.ResponseToken) > len(b) || len(got.MechTypes) > min(len(b)/2, maxMechTypes) {
			t.Fatalf("%+v is more than %d bytes hold", got, len(b))
		}
		for _, o := range append(got.MechTypes, got.SupportedMech) {
			if o.Dotted() == "" && o != "" {
				t.Fatalf("%x has no text", string(o))
			}
		}
		if err != nil {
			return
		}
		behind, err := Parse(append(slices.Clone(b), "behind"...))
		if err != nil || !reflect.DeepEqual(got, behind) {
			t.Fatalf("bytes behind the token change %+v to %+v, %v", got, behind, err)
		}
	})
}
