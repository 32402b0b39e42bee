package ntlm

import (
	"ntlmtrace/decode/internal/dertest"
	"reflect"
	"slices"
	"testing"
)

func TestKind(t *testing.T) {
	for _, test := range []struct {
		name string
		b    string
		want MessageType
		ok   bool
	}{
		{"empty", "", 0, false},
		{"signature alone", "NTLMSSP\x00", 0, false},
		{"cut type", "NTLMSSP\x00\x01\x00\x00", 0, false},
		{"negotiate", "NTLMSSP\x00\x01\x00\x00\x00", NegotiateMessage, true},
		{"authenticate", "NTLMSSP\x00\x03\x00\x00\x00more", AuthenticateMessage, true},
		{"type 4", "NTLMSSP\x00\x04\x00\x00\x00", 4, false},
		{"type 0", "NTLMSSP\x00\x00\x00\x00\x00", 0, false},
		{"big-endian type", "NTLMSSP\x00\x00\x00\x00\x01", 0x01000000, false},
		{"lower case", "ntlmssp\x00\x01\x00\x00\x00", 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got, ok := Kind([]byte(test.b)); got != test.want || ok != test.ok {
				t.Errorf("got %d, %v, want %d, %v", got, ok, test.want, test.ok)
			}
		})
	}
}

func TestNegotiate(t *testing.T) {
	const both = OEMDomainSupplied | OEMWorkstationSupplied
	win10 := []byte{10, 0, 0x63, 0x45, 0, 0, 0, 15}
	for _, test := range []struct {
		name string
		m    *message
		want Negotiate
		err  string
	}{
		{name: "flags alone, as Windows 9x sends", m: build(1, 16).flags(12, 0x8206), want: Negotiate{Flags: 0x8206}},
		{name: "32 bytes with offsets of zero, as curl sends", m: build(1, 32).flags(12, 0x8206), want: Negotiate{Flags: 0x8206}},
		{
			name: "40 bytes, empty names, version",
			m:    build(1, 40).flags(12, 0xa2088207).put(32, win10...),
			want: Negotiate{Flags: 0xa2088207, Version: &Version{10, 0, 17763, 15}},
		},
		{
			name: "version without its flag is padding",
			m:    build(1, 40).flags(12, 0x8207).put(32, win10...),
			want: Negotiate{Flags: 0x8207},
		},
		{
			name: "workstation before domain, no version",
			m:    build(1, 32).flags(12, both).field(24, []byte("PC1")).field(16, []byte("CORP")),
			want: Negotiate{Flags: both, Domain: "CORP", Workstation: "PC1"},
		},
		{
			name: "version and names together",
			m:    build(1, 40).flags(12, both|NegotiateVersion).put(32, win10...).field(16, []byte("CORP")).field(24, []byte("PC1")),
			want: Negotiate{Flags: both | NegotiateVersion, Domain: "CORP", Workstation: "PC1", Version: &Version{10, 0, 17763, 15}},
		},
		{
			name: "flag says version, payload begins in its place",
			m:    build(1, 32).flags(12, both|NegotiateVersion).field(16, []byte("CORPORATE")),
			want: Negotiate{Flags: both | NegotiateVersion, Domain: "CORPORATE"},
		},
		{
			name: "names without their flags are ignored",
			m:    build(1, 32).flags(12, NegotiateOEM).field(16, []byte("CORP")).field(24, []byte("PC1")),
			want: Negotiate{Flags: NegotiateOEM},
		},
		{
			name: "names are OEM even if Unicode is negotiated",
			m:    build(1, 32).flags(12, both|NegotiateUnicode).field(16, []byte("CORP")),
			want: Negotiate{Flags: both | NegotiateUnicode, Domain: "CORP"},
		},
		{
			name: "cut before the flags", m: &message{build(1, 16).b[:14]},
			err: "ntlm: NegotiateFlags at byte 12: 4 bytes do not fit in a message of 14",
		},
		{
			name: "domain past the end, workstation still read",
			m:    build(1, 32).flags(12, both).triple(16, 24, 40).field(24, []byte("PC1")),
			want: Negotiate{Flags: both, Workstation: "PC1"},
			err:  "ntlm: DomainName at byte 16: 24 bytes do not fit in a message of 35",
		},
		{
			name: "offset wraps in 32 bits", m: build(1, 32).flags(12, both).triple(16, 16, 0xfffffff8),
			want: Negotiate{Flags: both},
			err:  "ntlm: DomainName at byte 16: 16 bytes do not fit in a message of 32",
		},
		{
			name: "payload inside the header", m: build(1, 32).flags(12, both).triple(24, 8, 0),
			want: Negotiate{Flags: both},
			err:  "ntlm: Workstation at byte 24: its offset 0 is inside the header",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseNegotiate(test.m.b)
			if !reflect.DeepEqual(got, &test.want) || dertest.ErrorText(err) != test.err {
				t.Errorf("got %+v, %v\nwant %+v, %s", got, err, test.want, test.err)
			}
		})
	}
}

func TestChallenge(t *testing.T) {
	nonce := [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
	list := av(name(MsvAvNbComputerName, "WEB01"))
	pairs := AVPairs{name(MsvAvNbComputerName, "WEB01")}
	const unicode = NegotiateUnicode | NegotiateTargetInfo
	server := []byte{10, 0, 0x7c, 0x4f, 0, 0, 0, 15}
	begin := func(header int, f Flags) *message {
		return build(2, header).flags(20, f).put(24, nonce[:]...)
	}
	for _, test := range []struct {
		name string
		m    *message
		want Challenge
		err  string
	}{
		{
			name: "32 byte header without context",
			m:    begin(32, NegotiateOEM).field(12, []byte("CORP")),
			want: Challenge{Flags: NegotiateOEM, TargetName: "CORP", ServerChallenge: nonce},
		},
		{
			name: "48 byte header, no version, though the flag is set",
			m:    begin(48, unicode|NegotiateVersion).field(12, utf16le("CORP")).field(40, list),
			want: Challenge{Flags: unicode | NegotiateVersion, TargetName: "CORP", ServerChallenge: nonce, TargetInfo: pairs},
		},
		{
			name: "56 byte header, version without its flag",
			m:    begin(56, unicode).put(48, server...).field(12, utf16le("CORP")).field(40, list),
			want: Challenge{Flags: unicode, TargetName: "CORP", ServerChallenge: nonce, TargetInfo: pairs, Version: &Version{10, 0, 20348, 15}},
		},
		{
			name: "target info before target name",
			m:    begin(48, unicode).field(40, list).pad(3).field(12, utf16le("CORP")),
			want: Challenge{Flags: unicode, TargetName: "CORP", ServerChallenge: nonce, TargetInfo: pairs},
		},
		{
			name: "target info without target name",
			m:    begin(56, unicode|NegotiateVersion).put(48, server...).empty(56, 12).field(40, list),
			want: Challenge{Flags: unicode | NegotiateVersion, ServerChallenge: nonce, TargetInfo: pairs, Version: &Version{10, 0, 20348, 15}},
		},
		{
			name: "target info text is UTF-16 in an OEM challenge",
			m:    begin(48, NegotiateOEM|NegotiateTargetInfo).field(12, []byte("CORP")).field(40, list),
			want: Challenge{Flags: NegotiateOEM | NegotiateTargetInfo, TargetName: "CORP", ServerChallenge: nonce, TargetInfo: pairs},
		},
		{
			name: "target info without its flag is ignored",
			m:    begin(48, NegotiateUnicode).field(12, utf16le("CORP")).field(40, list),
			want: Challenge{Flags: NegotiateUnicode, TargetName: "CORP", ServerChallenge: nonce},
		},
		{
			name: "payload at 44: what is below it is header",
			m:    begin(44, NegotiateUnicode|NegotiateTargetInfo).field(12, utf16le("CORPORATE")),
			want: Challenge{Flags: NegotiateUnicode | NegotiateTargetInfo, TargetName: "CORPORATE", ServerChallenge: nonce},
		},
		{
			name: "an empty list is a list",
			m:    begin(48, unicode).empty(48, 12).field(40, av()),
			want: Challenge{Flags: unicode, ServerChallenge: nonce, TargetInfo: AVPairs{}},
		},
		{
			name: "no descriptor in use and nothing after the nonce",
			m:    begin(32, NegotiateUnicode),
			want: Challenge{Flags: NegotiateUnicode, ServerChallenge: nonce},
		},
		{
			name: "cut in the nonce",
			m:    &message{begin(32, NegotiateUnicode).b[:28]},
			want: Challenge{Flags: NegotiateUnicode},
			err:  "ntlm: ServerChallenge at byte 24: 8 bytes do not fit in a message of 28",
		},
		{
			name: "pairs before the damage are kept",
			m:    begin(48, unicode).field(40, append(av(name(MsvAvNbComputerName, "WEB01"))[:14], 2, 0, 200, 0, 'x')),
			want: Challenge{Flags: unicode, ServerChallenge: nonce, TargetInfo: pairs},
			err:  "ntlm: TargetInfo at byte 62: MsvAvNbDomainName of 200 bytes does not fit in the 1 left",
		},
		{
			name: "every damaged field is named",
			m:    begin(48, unicode).triple(12, 10, 500).triple(40, 20, 501),
			want: Challenge{Flags: unicode, ServerChallenge: nonce},
			err: "ntlm: Version at byte 48: 8 bytes do not fit in a message of 48\n" +
				"ntlm: TargetName at byte 12: 10 bytes do not fit in a message of 48\n" +
				"ntlm: TargetInfo at byte 40: 20 bytes do not fit in a message of 48",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseChallenge(test.m.b)
			if !reflect.DeepEqual(got, &test.want) || dertest.ErrorText(err) != test.err {
				t.Errorf("got %+v, %v\nwant %+v, %s", got, err, test.want, test.err)
			}
		})
	}
}

func TestWrongMessageIsRefused(t *testing.T) {
	b := build(2, 64).b
	if m, err := ParseNegotiate(b); m != nil || err == nil {
		t.Errorf("a CHALLENGE became %+v, %v", m, err)
	}
	if m, err := ParseAuthenticate(nil, 0); m != nil || err == nil {
		t.Errorf("nothing became %+v, %v", m, err)
	}
	if m, err := ParseChallenge(slices.Concat([]byte("x"), b)); m != nil || err == nil {
		t.Errorf("a shifted CHALLENGE became %+v, %v", m, err)
	}
}
