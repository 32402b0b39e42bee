package ntlm

import (
	"bytes"
	"ntlmtrace/decode/internal/dertest"
	"reflect"
	"testing"
)

func TestAuthenticateLayouts(t *testing.T) {
	const f = NegotiateUnicode | NegotiateNTLM
	alice, corp, pc := utf16le("alice"), utf16le("CORP"), utf16le("PC1")
	lm, nt := bytesOf(24), bytesOf(24)
	xp := []byte{5, 1, 0x28, 0x0a, 0, 0, 0, 15}
	mic := bytesOf(16)
	logon := func(m *message) *message {
		return m.field(domainAt, corp).field(userAt, alice).field(workstationAt, pc).field(lmAt, lm).field(ntAt, nt)
	}
	want := func(change func(*Authenticate)) Authenticate {
		a := Authenticate{
			Flags: f, HasFlags: true, Domain: "CORP", User: "alice", Workstation: "PC1",
			LMResponse: lm, NTResponse: nt,
		}
		change(&a)
		return a
	}
	for _, test := range []struct {
		name       string
		m          *message
		negotiated Flags
		want       Authenticate
	}{
		{
			name: "52 byte header, OEM by the challenge",
			m: build(3, 52).field(userAt, []byte("ALICE")).field(domainAt, []byte("CORP")).
				field(workstationAt, []byte("PC1")).field(lmAt, lm).field(ntAt, nt),
			negotiated: NegotiateOEM,
			want:       want(func(a *Authenticate) { a.Flags, a.HasFlags, a.User = NegotiateOEM, false, "ALICE" }),
		},
		{
			name: "52 byte header, Unicode by the challenge", m: logon(build(3, 52)), negotiated: f,
			want: want(func(a *Authenticate) { a.HasFlags = false }),
		},
		{
			name: "52 byte header, challenge unknown: NUL tells Unicode", m: logon(build(3, 52)),
			want: want(func(a *Authenticate) { a.Flags, a.HasFlags = 0, false }),
		},
		{
			name: "60 byte header has a session key but no flags",
			m:    logon(build(3, 60)).field(keyAt, mic), negotiated: f,
			want: want(func(a *Authenticate) { a.HasFlags, a.SessionKey = false, true }),
		},
		{
			name: "64 byte header", m: logon(build(3, 64).flags(60, f)),
			negotiated: NegotiateOEM, // the message's own flags win
			want:       want(func(*Authenticate) {}),
		},
		{
			name: "64 byte header whose flags claim a version",
			m:    logon(build(3, 64).flags(60, f|NegotiateVersion)),
			want: want(func(a *Authenticate) { a.Flags |= NegotiateVersion }),
		},
		{
			name: "72 byte header, eight zero bytes and no version flag",
			m:    logon(build(3, 72).flags(60, f)),
			want: want(func(*Authenticate) {}),
		},
		{
			name: "72 byte header, version without its flag",
			m:    logon(build(3, 72).flags(60, f).put(64, xp...)),
			want: want(func(a *Authenticate) { a.Version = &Version{5, 1, 2600, 15} }),
		},
		{
			name: "72 byte header, zero version with its flag",
			m:    logon(build(3, 72).flags(60, f|NegotiateVersion)),
			want: want(func(a *Authenticate) { a.Flags |= NegotiateVersion; a.Version = &Version{} }),
		},
		{
			name: "88 byte header, MIC behind a version whose flag is clear",
			m:    logon(build(3, 88).flags(60, f).put(72, mic...)),
			want: want(func(a *Authenticate) { a.HasMIC = true }),
		},
		{
			name: "88 byte header, MIC removed",
			m:    logon(build(3, 88).flags(60, f).put(64, xp...)),
			want: want(func(a *Authenticate) { a.HasMIC, a.MICZero, a.Version = true, true, &Version{5, 1, 2600, 15} }),
		},
		{
			name: "payload at 80 has a version but no MIC",
			m:    logon(build(3, 80).flags(60, f).put(64, xp...)),
			want: want(func(a *Authenticate) { a.Version = &Version{5, 1, 2600, 15} }),
		},
		{
			name: "fields in any order with gaps, an odd offset and bytes behind",
			m: build(3, 64).flags(60, f).pad(3).field(ntAt, nt).field(domainAt, corp).pad(7).
				field(userAt, alice).field(workstationAt, pc).field(keyAt, mic).field(lmAt, lm).pad(9),
			want: want(func(a *Authenticate) { a.SessionKey = true }),
		},
		{
			name: "empty fields with small offsets do not shorten the header",
			m:    build(3, 64).flags(60, f).empty(0, domainAt, lmAt).empty(32, workstationAt).field(userAt, alice).field(ntAt, nt),
			want: want(func(a *Authenticate) { a.Domain, a.Workstation, a.LMResponse = "", "", nil }),
		},
		{
			name: "no field in use: the lowest offset counts",
			m:    build(3, 88).flags(60, f).put(72, mic...).empty(88, lmAt, ntAt, domainAt, userAt, workstationAt, keyAt),
			want: Authenticate{Flags: f, HasFlags: true, HasMIC: true},
		},
		{
			name: "no field in use and no offset: the length counts",
			m:    build(3, 64).flags(60, f), want: Authenticate{Flags: f, HasFlags: true},
		},
		{
			name: "one field in two triples",
			m:    build(3, 64).flags(60, f).field(userAt, alice).triple(workstationAt, len(alice), 64),
			want: Authenticate{Flags: f, HasFlags: true, User: "alice", Workstation: "alice"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseAuthenticate(test.m.b, test.negotiated)
			if err != nil || !reflect.DeepEqual(got, &test.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, test.want)
			}
		})
	}
}

func TestAuthenticateDamage(t *testing.T) {
	const f = NegotiateUnicode
	alice := utf16le("alice")
	for _, test := range []struct {
		name string
		m    *message
		user string
		err  string
	}{
		{
			name: "user name past the end",
			m:    build(3, 64).flags(60, f).field(domainAt, alice).triple(userAt, 24, 60+10),
			err:  "ntlm: UserName at byte 36: 24 bytes do not fit in a message of 74",
		},
		{
			name: "cut in the descriptors",
			m:    &message{build(3, 64).field(lmAt, bytesOf(24)).b[:30]},
			err: "ntlm: DomainName at byte 28: 8 bytes do not fit in a message of 30\n" +
				"ntlm: LmChallengeResponse at byte 12: 24 bytes do not fit in a message of 30",
		},
		{
			name: "empty fields, cut before the flags",
			m:    &message{build(3, 88).empty(88, lmAt, ntAt, domainAt, userAt, workstationAt, keyAt).b[:62]},
			err:  "ntlm: NegotiateFlags at byte 60: 4 bytes do not fit in a message of 62",
		},
		{
			name: "empty fields, cut in the MIC",
			m:    &message{build(3, 88).empty(88, lmAt, ntAt, domainAt, userAt, workstationAt, keyAt).b[:80]},
			err:  "ntlm: MIC at byte 72: 16 bytes do not fit in a message of 80",
		},
		{
			name: "offset of all ones",
			m:    build(3, 64).flags(60, f).field(userAt, alice).triple(ntAt, 0xffff, 0xffffffff), user: "alice",
			err: "ntlm: NtChallengeResponse at byte 20: 65535 bytes do not fit in a message of 74",
		},
		{
			name: "payload inside the descriptors",
			m:    build(3, 64).flags(60, f).field(userAt, alice).triple(lmAt, 24, 12), user: "alice",
			err: "ntlm: LmChallengeResponse at byte 12: its offset 12 is inside the header",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseAuthenticate(test.m.b, 0)
			if dertest.ErrorText(err) != test.err {
				t.Errorf("error %v\nwant  %s", err, test.err)
			}
			if got.User != test.user || !got.Incomplete {
				t.Errorf("user %q, incomplete %v", got.User, got.Incomplete)
			}
			if got.Anonymous(nil) || got.LocalCall(nil) {
				t.Error("a damaged message became an anonymous logon or a local call")
			}
		})
	}
}

func TestNTLMv2Response(t *testing.T) {
	list := AVPairs{name(MsvAvNbComputerName, "WEB01"), stamp(7)}
	change := func(at int, c byte) []byte {
		b := v2(av(list...))
		b[at] = c
		return b
	}
	for _, test := range []struct {
		name  string
		nt    []byte
		pairs AVPairs
		whole bool // ClientChallenge and Time were read
		err   string
	}{
		{name: "with its end", nt: v2(av(list...)), pairs: list, whole: true},
		{name: "bytes after the end of the list", nt: append(v2(av(list...)), 0, 0, 0, 0, 9, 9, 9, 9), pairs: list, whole: true},
		{name: "list without an end", nt: v2(av(list...)[:26]), pairs: list, whole: true},
		{name: "smallest, without a list", nt: v2(nil), whole: true},
		{name: "one stray byte", nt: v2([]byte{1}), pairs: AVPairs{}, whole: true, err: "ntlm: NtChallengeResponse at byte 108: 1 bytes are no AV_PAIR"},
		{name: "25 bytes", nt: bytesOf(25), err: "ntlm: NtChallengeResponse at byte 64: 25 bytes are no NTLMv2 response"},
		{name: "RespType 2", nt: change(16, 2), err: "ntlm: NtChallengeResponse at byte 80: RespType 2 of an NTLMv2 response is not 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseAuthenticate(build(3, 64).flags(60, NegotiateUnicode).field(ntAt, test.nt).b, 0)
			if dertest.ErrorText(err) != test.err {
				t.Errorf("error %v, want %s", err, test.err)
			}
			if !reflect.DeepEqual(got.TargetInfo, test.pairs) {
				t.Errorf("pairs %v, want %v", got.TargetInfo, test.pairs)
			}
			if !bytes.Equal(got.NTProofStr, test.nt[:16]) || got.ResponseVersion() != NTLMv2 {
				t.Errorf("NTProofStr %x, version %s", got.NTProofStr.Bytes(), got.ResponseVersion())
			}
			if whole := len(got.ClientChallenge) == 8 && got.Time.Year() == 2024; whole != test.whole {
				t.Errorf("challenge %x, time %v", got.ClientChallenge.Bytes(), got.Time)
			}
		})
	}
}
