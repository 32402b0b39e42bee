package ntlm

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"ntlmtrace/decode/internal/dertest"
	"strings"
	"testing"
	"time"
)

func TestFlagsString(t *testing.T) {
	for _, test := range []struct {
		f    Flags
		want string
	}{
		{0, "0"},
		{NegotiateUnicode, "NEGOTIATE_UNICODE"},
		{Negotiate56 | NegotiateOEM, "NEGOTIATE_OEM|NEGOTIATE_56"},
		{LocalCall | Anonymous, "ANONYMOUS|LOCAL_CALL"},
		{NegotiateNTLM | 1<<8 | 1<<28, "NEGOTIATE_NTLM|0x10000100"},
		{1 << 10, "0x00000400"},
	} {
		if got := test.f.String(); got != test.want {
			t.Errorf("%#x: got %s, want %s", uint32(test.f), got, test.want)
		}
	}
	if f := NegotiateSign | NegotiateSeal; !f.Has(NegotiateSign) || f.Has(NegotiateSign|NegotiateUnicode) {
		t.Error("Has does not ask for all flags")
	}
}

func TestVersionNames(t *testing.T) {
	for _, test := range []struct {
		v             Version
		text, windows string
	}{
		{Version{10, 0, 17763, 15}, "10.0.17763", "Windows 10 1809 or Server 2019"},
		{Version{5, 1, 2600, 15}, "5.1.2600", "Windows XP"},
		{Version{6, 1, 0, 15}, "6.1.0", ""},
		{Version{255, 255, 65535, 255}, "255.255.65535", ""},
	} {
		if test.v.String() != test.text || test.v.Windows() != test.windows {
			t.Errorf("%q, %q; want %q, %q", test.v, test.v.Windows(), test.text, test.windows)
		}
	}
}

func TestAVPairValues(t *testing.T) {
	var host [48]byte
	host[0], host[16], host[47] = 48, 0xaa, 0xbb
	list := AVPairs{
		name(MsvAvNbComputerName, "WEB01"), name(MsvAvTargetName, "HTTP/web01.corp.example"),
		name(MsvAvDnsDomainName, "corp.example\x00\x00"),
		{MsvAvFlags, []byte{2, 0, 0, 0}}, stamp(5), {MsvAvSingleHost, host[:]},
		{MsvAvChannelBindings, bytesOf(16)}, {200, []byte("new")}, name(MsvAvNbComputerName, "second"),
	}
	if got := list.Text(MsvAvNbComputerName); got != "WEB01" {
		t.Errorf("computer %q", got)
	}
	if got := list.Text(MsvAvDnsDomainName); got != "corp.example" {
		t.Errorf("domain %q", got)
	}
	if got := list.TargetName(); got != "HTTP/web01.corp.example" {
		t.Errorf("target name %q", got)
	}
	if f, ok := list.Flags(); f != AvFlagMIC || !ok {
		t.Errorf("flags %x, %v", f, ok)
	}
	if got, ok := list.Timestamp(); !ok || !got.Equal(time.Date(2024, 1, 1, 0, 0, 0, 500, time.UTC)) {
		t.Errorf("timestamp %v, %v", got, ok)
	}
	if id, ok := list.MachineID(); !ok || id[0] != 0xaa || id[31] != 0xbb {
		t.Errorf("machine %x, %v", id, ok)
	}
	if hash, ok := list.ChannelBindings(); !ok || hash != [16]byte(bytesOf(16)) {
		t.Errorf("channel bindings %x, %v", hash, ok)
	}
	if v, ok := list.Find(200); !ok || string(v) != "new" {
		t.Errorf("unknown id %q, %v", v, ok)
	}
}

func TestAVPairValuesOfWrongLength(t *testing.T) {
	for _, list := range []AVPairs{
		nil,
		{{MsvAvFlags, []byte{2}}, {MsvAvTimestamp, []byte{1, 2, 3}}, {MsvAvSingleHost, bytesOf(47)}, {MsvAvChannelBindings, bytesOf(15)}},
	} {
		_, flags := list.Flags()
		_, timestamp := list.Timestamp()
		_, machine := list.MachineID()
		_, bindings := list.ChannelBindings()
		if flags || timestamp || machine || bindings || list.TargetName() != "" {
			t.Errorf("%v gives values", list)
		}
	}
}

func TestImplausibleTimes(t *testing.T) {
	for _, test := range []struct {
		name  string
		ticks uint64
		want  string
	}{
		{"zero", 0, ""},
		{"1969", epochTicks - 1, ""},
		{"1970", epochTicks, "1970-01-01T00:00:00Z"},
		{"last", epochTicks + maxTicks, "2262-04-11T23:47:16.8547758Z"},
		{"after it", epochTicks + maxTicks + 1, ""},
		{"all ones", 1<<64 - 1, ""},
	} {
		got, ok := AVPairs{{MsvAvTimestamp, binary.LittleEndian.AppendUint64(nil, test.ticks)}}.Timestamp()
		if ok != (test.want != "") || ok && got.Format(time.RFC3339Nano) != test.want {
			t.Errorf("%s: got %v, %v, want %s", test.name, got, ok, test.want)
		}
	}
}

func TestAVPairNames(t *testing.T) {
	if got := fmt.Sprint(MsvAvDnsTreeName, MsvAvChannelBindings, AVID(11)); got != "MsvAvDnsTreeName MsvAvChannelBindings AvId 11" {
		t.Error(got)
	}
}

func TestLongListIsBounded(t *testing.T) {
	var list []AVPair
	for range 1000 {
		list = append(list, AVPair{ID: 1})
	}
	m, err := ParseChallenge(build(2, 48).flags(20, NegotiateTargetInfo).field(40, av(list...)).b)
	if len(m.TargetInfo) != maxAVPairs || dertest.ErrorText(err) != "ntlm: TargetInfo at byte 304: more than 64 AV_PAIR" {
		t.Errorf("%d pairs, %v", len(m.TargetInfo), err)
	}
}

func TestText(t *testing.T) {
	for _, test := range []struct {
		name  string
		b     string
		flags Flags
		want  string
	}{
		{"Unicode", "a\x00\xe9\x00", NegotiateUnicode, "aé"},
		{"Unicode wins over OEM", "a\x00b\x00", NegotiateUnicode | NegotiateOEM, "ab"},
		{"surrogate pair", "\x3d\xd8\x00\xde", NegotiateUnicode, "😀"},
		{"lone high surrogate", "\x3d\xd8a\x00", NegotiateUnicode, "\uFFFDa"},
		{"lone low surrogate", "\x00\xdea\x00", NegotiateUnicode, "\uFFFDa"},
		{"high surrogate at the end", "a\x00\x3d\xd8", NegotiateUnicode, "a\uFFFD"},
		{"two high surrogates and a low one", "\x3d\xd8\x3d\xd8\x00\xde", NegotiateUnicode, "\uFFFD😀"},
		{"odd length", "a\x00b", NegotiateUnicode, "a\uFFFD"},
		{"longer than the buffer on the stack", strings.Repeat("x\x00", 300), NegotiateUnicode, strings.Repeat("x", 300)},
		{"ASCII", "alice", NegotiateOEM, "alice"},
		{"Windows-1252", "M\xfcller \x80 \x81", NegotiateOEM, "Müller € \u0081"},
		{"UTF-8 of a Unix client", "M\xc3\xbcller", NegotiateOEM, "Müller"},
		{"charset unknown, no NUL", "alice", 0, "alice"},
		{"charset unknown, NUL", "a\x00l\x00", 0, "al"},
		{"empty", "", NegotiateUnicode, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := (&decoder{scratch: new(Scratch)}).text([]byte(test.b), test.flags); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	a := Authenticate{User: "alice", NTResponse: Secret("s3cret-bytes"), NTProofStr: Secret("s3cret")}
	asJSON, err := json.Marshal(map[string]any{"a": a, "s": a.NTResponse})
	if err != nil {
		t.Fatal(err)
	}
	asText, err := a.NTResponse.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{
		fmt.Sprint(a), fmt.Sprintf("%v %+v %#v", a, &a, a), fmt.Sprintf("%s %q %x %X %d", a.NTResponse, a.NTResponse, a.NTResponse, a.NTResponse, a.NTResponse),
		a.NTResponse.String(), a.NTResponse.GoString(), string(asJSON), string(asText),
	} {
		for _, leak := range []string{"s3cret", "733363726574", "115 51 99", "czNjcmV0", "0x73, 0x33"} {
			if strings.Contains(strings.ToLower(got), strings.ToLower(leak)) {
				t.Errorf("%q shows the secret", got)
			}
		}
		if !strings.Contains(got, "[hidden]") {
			t.Errorf("%q does not say that something is hidden", got)
		}
	}
	if string(a.NTResponse.Bytes()) != "s3cret-bytes" || len(a.NTResponse) != 12 {
		t.Error("the bytes are lost")
	}
}
