package kerberos

import (
	"ntlmtrace/decode/internal/dertest"
	"reflect"
	"strings"
	"testing"
	"time"
)

func field(n byte, parts ...string) string { return dertest.TLV(0xa0|n, parts...) }

func number(n byte, value string) string { return field(n, dertest.TLV(0x02, value)) }

func text(n byte, s string) string { return field(n, dertest.TLV(0x1b, s)) }

func principal(n, nameType byte, parts ...string) string {
	var names string
	for _, s := range parts {
		names += dertest.TLV(0x1b, s)
	}
	return field(n, dertest.TLV(0x30, number(0, string(rune(nameType))), field(1, dertest.TLV(0x30, names))))
}

func encrypted(n, etype byte, kvno string) string {
	version := ""
	if kvno != "" {
		version = number(1, kvno)
	}
	return field(n, dertest.TLV(0x30, number(0, string(rune(etype))), version, field(2, dertest.TLV(0x04, "cipher"))))
}

func message(tag byte, fields ...string) string {
	return dertest.TLV(tag, dertest.TLV(0x30, number(0, "\x05"), strings.Join(fields, "")))
}

func gss(tokenID, inner string) string {
	return dertest.TLV(0x60, dertest.TLV(0x06, "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"), tokenID, inner)
}

func apReq(options string) string {
	ticket := dertest.TLV(0x61, dertest.TLV(0x30, number(0, "\x05"), text(1, "CORP.EXAMPLE"),
		principal(2, 2, "HTTP", "web01.corp.example"), encrypted(3, 18, "\x03")))
	return message(0x6e, number(1, "\x0e"), field(2, dertest.TLV(0x03, options)), field(3, ticket), encrypted(4, 23, ""))
}

func krbError(fields ...string) string {
	return message(0x7e, number(1, "\x1e"), strings.Join(fields, ""))
}

var web01 = Message{
	Kind: APReq, Realm: "CORP.EXAMPLE", Service: "HTTP/web01.corp.example", ServiceType: 2,
	TicketEType: 18, AuthenticatorEType: 23, KVNO: 3,
}

func with(m Message, change func(*Message)) *Message {
	change(&m)
	return &m
}

// branchKVNO is the version of a key of a read-only domain controller, which
// puts its own number in the upper half.
var branchKVNO uint32 = 0xff000001

var parseTests = []struct {
	name string
	in   string
	want *Message
	err  string
}{
	{name: "AP-REQ", in: gss("\x01\x00", apReq("\x00\x00\x00\x00\x00")), want: &web01},
	{name: "bare AP-REQ", in: apReq("\x00\x00\x00\x00\x00"), want: &web01},
	{
		name: "mutual authentication", in: apReq("\x00\x20\x00\x00\x00"),
		want: with(web01, func(m *Message) { m.MutualRequired = true }),
	},
	{
		name: "session key, options of one byte", in: apReq("\x05\x40"),
		want: with(web01, func(m *Message) { m.UseSessionKey = true }),
	},
	{
		name: "AP-REP", in: gss("\x02\x00", message(0x6f, number(1, "\x0f"), encrypted(2, 18, ""))),
		want: &Message{Kind: APRep, AuthenticatorEType: 18},
	},
	{
		name: "KRB-ERROR with all fields",
		in: gss("\x03\x00", krbError(
			field(4, dertest.TLV(0x18, "20240131123456Z")), number(5, "\x0f\x12\x06"), number(6, "\x29"),
			text(7, "CORP.EXAMPLE"), principal(8, 1, "alice"), text(9, "CORP.EXAMPLE"),
			principal(10, 2, "HTTP", "web01"), text(11, "wrong key"))),
		want: &Message{
			Kind: Error, Realm: "CORP.EXAMPLE", Service: "HTTP/web01", ServiceType: 2,
			ErrorCode: 41, ErrorText: "wrong key", ServerTime: time.Date(2024, 1, 31, 12, 34, 56, 987654000, time.UTC),
			ClientName: "alice", ClientRealm: "CORP.EXAMPLE",
		},
	},
	{
		name: "KRB-ERROR with an NTSTATUS",
		in: krbError(number(6, "\x3c"), field(12, dertest.TLV(0x04, dertest.TLV(0x30, number(1, "\x03"),
			field(2, dertest.TLV(0x04, "\x33\x01\x00\xc0\x00\x00\x00\x00\x01\x00\x00\x00")))))),
		want: &Message{Kind: Error, ErrorCode: 60, NTStatus: 0xc0000133},
	},
	{
		name: "KRB-ERROR with other data",
		in:   krbError(number(6, "\x19"), field(12, dertest.TLV(0x04, "no DER at all"))),
		want: &Message{Kind: Error, ErrorCode: 25},
	},
	{
		name: "KRB-ERROR with a list of padata",
		in:   krbError(number(6, "\x19"), field(12, dertest.TLV(0x04, dertest.TLV(0x30, dertest.TLV(0x30, number(1, "\x02"), field(2, dertest.TLV(0x04, "")))))), text(11, "more")),
		want: &Message{Kind: Error, ErrorCode: 25, ErrorText: "more"},
	},
	{
		name: "malformed time, the rest is read",
		in:   krbError(field(4, dertest.TLV(0x18, "2024")), number(5, "\x01"), number(6, "\x25")),
		want: &Message{Kind: Error, ErrorCode: 37},
		err:  "kerberos: stime at byte 18: no time",
	},
	{
		name: "invalid text", in: krbError(text(11, "a\xffb")),
		want: &Message{Kind: Error, ErrorText: "a\uFFFDb"},
	},
	{
		name: "cut in the ticket", in: apReq("\x00\x20\x00\x00\x00")[:74],
		want: &Message{Kind: APReq, Realm: "CORP.EXAMPLE", Service: "HTTP/w", ServiceType: 2, MutualRequired: true},
		err:  "kerberos: token at byte 0: 131 bytes do not fit in the 71 left",
	},
	{
		name: "version of the key above 31 bits", in: message(0x6e, field(3, dertest.TLV(0x61, dertest.TLV(0x30, encrypted(3, 17, "\x00\xff\x00\x00\x01"))))),
		want: &Message{Kind: APReq, TicketEType: 17, KVNO: int(branchKVNO)},
	},
	{
		name: "the same as a negative number", in: message(0x6e, field(3, dertest.TLV(0x61, dertest.TLV(0x30, encrypted(3, 17, "\xff\x00\x00\x01"))))),
		want: &Message{Kind: APReq, TicketEType: 17, KVNO: int(branchKVNO)},
	},
	{name: "user-to-user request for a ticket", in: gss("\x04\x00", dertest.TLV(0x30)), err: "kerberos: token at byte 17: neither AP-REQ nor AP-REP nor KRB-ERROR"},
	{name: "frame without a token", in: gss("", ""), err: "kerberos: token at byte 0: neither AP-REQ nor AP-REP nor KRB-ERROR"},
	{name: "empty", in: "", err: "kerberos: token at byte 0: neither AP-REQ nor AP-REP nor KRB-ERROR"},
	{name: "tag alone", in: "\x6e", err: "kerberos: token at byte 0: no length"},
	{name: "nothing inside", in: "\x6e\x00", want: &Message{Kind: APReq}, err: "kerberos: AP-REQ at byte 2: nothing inside"},
}

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

func TestNames(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{ErrorName(7), "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
		{ErrorName(41), "KRB_AP_ERR_MODIFIED"},
		{ErrorName(99), "error 99"},
		{ErrorName(-1), "error -1"},
		{EType(18).String(), "aes256-cts-hmac-sha1-96"},
		{EType(23).String(), "rc4-hmac"},
		{EType(99).String(), "etype 99"},
		{APReq.String(), "AP-REQ"},
		{APRep.String(), "AP-REP"},
		{Error.String(), "KRB-ERROR"},
		{Kind(0).String(), "unknown"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func FuzzKerberos(f *testing.F) {
	for _, test := range parseTests {
		f.Add([]byte(test.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Parse(b)
		if got == nil {
			if err == nil {
				t.Fatal("neither a message nor an error")
			}
			return
		}
		// An octet that is no UTF-8 becomes three.
		if n := len(got.Realm) + len(got.Service) + len(got.ErrorText) + len(got.ClientName) + len(got.ClientRealm); n > 3*len(b) {
			t.Fatalf("%d bytes of text from %d", n, len(b))
		}
		if err != nil {
			return
		}
		framed, err := Parse([]byte(gss("\x01\x00", string(b))))
		if b[0] != 0x60 && len(b) < 0x7000 && (err != nil || !reflect.DeepEqual(got, framed)) {
			t.Fatalf("the frame changes %+v to %+v, %v", got, framed, err)
		}
	})
}
