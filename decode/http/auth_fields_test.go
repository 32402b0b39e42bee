package http_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/decodetest"
	"ntlmtrace/decode/http"
	"ntlmtrace/decode/ntlm"
)

func TestParseCredentials(t *testing.T) {
	tests := []struct {
		value    string
		want     string // as decodetest.Describe returns it
		problems string
	}{
		{"nTlM " + t1, "NTLM(T1)", ""},
		{"NEGOTIATE " + t3, "Negotiate(T3)", ""},
		{"NTLM " + strings.TrimRight(t1, "="), "NTLM(T1)", ""},
		{"basic YWxpY2U6eA==", "Basic()=alice", ""},
		{"BEARER abc.def", "Bearer()", ""},
		{`digest username="CORP\\alice", realm="a,b"`, `Digest(CORP\alice)`, ""},
		{`Digest realm=a, USERNAME=bob`, "Digest(bob)", ""},
		{`Digest username*=UTF-8''J%C3%A4s%C3%B8n`, "Digest(Jäsøn)", ""},
		{`Digest username*=UTF-8''%`, "Digest(UTF-8''%)", ""},
		{`AWS4-HMAC-SHA256 Credential=a/b, Signature=c`, "AWS4-HMAC-SHA256()", ""},
		{strings.Repeat("x", 100) + " y", strings.Repeat("x", http.MaxScheme) + "()", ""},
		{"NTLM", "NTLM()", ""},
		{"", "", "empty"},
		{`"`, "", "not a proper list of schemes with a token or parameters"},
	}
	for _, tt := range tests {
		list, problems := new(http.Scratch).ReadCredentials(nil, []byte(tt.value), false, 0)
		got := strings.TrimPrefix(decodetest.Describe(&auth.Exchange{Request: auth.Message{Credentials: list}}), "0  ")
		got = strings.TrimSpace(strings.TrimSuffix(got, "-> open"))
		if got != tt.want || strings.Join(problems, "; ") != tt.problems {
			t.Errorf("%q: %q with problems %q, want %q with %q", tt.value, got, problems, tt.want, tt.problems)
		}
		if strings.Contains(fmt.Sprintf("%+v", list), "abc.def") {
			t.Errorf("%q: the token is kept", tt.value)
		}
	}
}

func TestFieldsAreBounded(t *testing.T) {
	list, problems := new(http.Scratch).ReadChallenges(nil, []byte(strings.Repeat("NTLM,", 1000)), true)
	if len(list) != http.MaxAuthItems || len(problems) != 1 || !list[0].Session.Proxy {
		t.Errorf("%d challenges, problems %q", len(list), problems)
	}
}

func TestField(t *testing.T) {
	head := "GET / HTTP/1.1\r\n dropped: x\r\nHost : a\r\nX-Long: one\r\n\t two \r\n  three\r\nno colon\r\nx-long:four\r\nLast:\n\r\n"
	for name, want := range map[string]string{"host": "a", "X-Long": "one two three, four", "last": "", "dropped": "", "no colon": ""} {
		for _, names := range []http.NameSet{0, ^http.NameSet(0)} {
			if got := http.Field([]byte(head), names, name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	}
}

// TestFlagsOfTheChallengeReachTheAnswer reads an AUTHENTICATE in the oldest
// layout, which has no flags: the CHALLENGE before it tells the character set
// of its names, that of the proxy for the proxy's.
func TestFlagsOfTheChallengeReachTheAnswer(t *testing.T) {
	le := binary.LittleEndian
	challenge := func(flags ntlm.Flags) string {
		b := append([]byte("NTLMSSP\x00\x02\x00\x00\x00"), make([]byte, 36)...)
		le.PutUint32(b[20:], uint32(flags))
		return "NTLM " + base64.StdEncoding.EncodeToString(b)
	}
	b := append([]byte("NTLMSSP\x00\x03\x00\x00\x00"), make([]byte, 40)...)
	for _, at := range []int{12, 20, 28, 44} {
		le.PutUint32(b[at+4:], 52)
	}
	le.PutUint32(b[36:], 4|4<<16)
	le.PutUint32(b[40:], 52)
	answer := "NTLM " + base64.StdEncoding.EncodeToString(append(b, "b\x00o\x00"...))

	talk := decodetest.New().Client(decodetest.PlainGet).Server("HTTP/1.1 401 No\r\nWWW-Authenticate: " + challenge(1) +
		"\r\nProxy-Authenticate: " + challenge(2) + "\r\nContent-Length: 0\r\n\r\n").
		Client("GET / HTTP/1.1\r\nAuthorization: " + answer + "\r\nProxy-Authorization: " + answer + "\r\n\r\n").Server(decodetest.PlainOK)
	list := talk.All[1].Request.Credentials
	if got := list[0].Token.Authenticate.User; got != "bo" {
		t.Errorf("user %q after a CHALLENGE in Unicode", got)
	}
	if got := list[1].Token.Authenticate.User; got == "bo" {
		t.Errorf("user %q after a CHALLENGE in the OEM character set", got)
	}
}

// FuzzPlainFields holds the short way of a field with one scheme against the
// general one.
func FuzzPlainFields(f *testing.F) {
	for _, s := range []string{
		"NTLM " + t1, "negotiate \t" + t3, "NTLM", "NTLM " + t1 + "=", "NTLM " + strings.TrimRight(t1, "="), "Negotiate a, NTLM", "Basic realm=x",
		"Negotiate YII=, x", "NTLM =", "nTlM a===", "NTLM\tAAAA", "Digest", "x" + strings.Repeat("y", 40), "Basic YWxpY2U6eA==", "basic Og==", "Basic YWxpY2U=", "Basic 5GI6eA==", "Basic YQlhOg==", "Basic YTpiOmM=",
	} {
		f.Add(s, uint32(ntlm.NegotiateUnicode), false)
	}
	short, general := new(http.Scratch), new(http.Scratch)
	f.Fuzz(func(t *testing.T, value string, flags uint32, proxy bool) {
		b := http.TrimBlanks([]byte(value)) // as the value of a field comes
		short.Reset()
		general.Reset()
		list, problems := short.ReadCredentials(nil, b, proxy, ntlm.Flags(flags))
		want, wantProblems := general.ListCredentials(nil, b, proxy, ntlm.Flags(flags))
		if len(list)+len(want) > 0 && !reflect.DeepEqual(list, want) || !slices.Equal(problems, wantProblems) {
			t.Fatalf("credentials %q: %+v, %q, in general %+v, %q", b, list, problems, want, wantProblems)
		}
		short.Reset()
		general.Reset()
		offers, problems := short.ReadChallenges(nil, b, proxy)
		wantOffers, wantProblems := general.ListChallenges(nil, b, proxy)
		if len(offers)+len(wantOffers) > 0 && !reflect.DeepEqual(offers, wantOffers) || !slices.Equal(problems, wantProblems) {
			t.Fatalf("challenges %q: %+v, %q, in general %+v, %q", b, offers, problems, wantOffers, wantProblems)
		}
	})
}
