package ntlm

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// named builds an AUTHENTICATE with these names as they are sent, and a list of
// AV_PAIR.
func named(f Flags, domain, user, workstation []byte, list ...AVPair) []byte {
	return build(3, 64).flags(60, f).field(domainAt, domain).field(userAt, user).field(workstationAt, workstation).field(ntAt, v2(av(list...))).b
}

func TestNamesInSingleBytesUnderTheUnicodeFlag(t *testing.T) {
	web := []AVPair{name(MsvAvNbDomainName, "CORP"), name(MsvAvNbComputerName, "WEB01"), name(MsvAvDnsDomainName, "corp.example")}
	for _, test := range []struct {
		name                      string
		domain, user, workstation string // as sent; "u:" before what is UTF-16
		list                      []AVPair
		negotiated                Flags
		want                      string // domain\user@workstation
		oem                       bool
	}{
		{name: "one of odd length", domain: "CORP", user: "alice", workstation: "PC10", want: `CORP\alice@PC10`, oem: true},
		{name: "all even, the domain is the server's", domain: "corp", user: "root", workstation: "PC10", list: web, want: `corp\root@PC10`, oem: true},
		{name: "all even, the domain is the server itself", domain: "WEB01.", user: "root", list: append(web, name(MsvAvDnsComputerName, "web01.")), want: `WEB01.\root@`, oem: true},
		{name: "all even, single bytes were asked for", domain: "LABX", user: "root", negotiated: NegotiateOEM, want: `LABX\root@`, oem: true},
		{name: "a user alone, of odd length", user: "administrator", want: `\administrator@`, oem: true},
		{name: "a letter beyond ASCII", domain: "CORP", user: "Ren\xe9e", want: `CORP\Renée@`, oem: true},
		{name: "nothing proves it", domain: "LABX", user: "root", list: web, want: "\u414c\u5842\\\u6f72\u746f@"},
		{name: "single bytes and Unicode were offered", domain: "LABX", user: "root", negotiated: NegotiateOEM | NegotiateUnicode, want: "\u414c\u5842\\\u6f72\u746f@"},
		{name: "one name is UTF-16: damage", domain: "u:CORP", user: "alice", want: "CORP\\\u6c61\u6369\ufffd@"},
		{name: "UTF-16", domain: "u:CORP", user: "u:alice", workstation: "u:PC10", list: web, want: `CORP\alice@PC10`},
		{name: "Chinese in letters whose bytes are ASCII", domain: "u:\u4f43\u5052", user: "u:\u6c61\u6369", workstation: "u:\u5043\u3031", list: web[1:], want: "\u4f43\u5052\\\u6c61\u6369@\u5043\u3031"},
		{name: "no names at all", want: `\@`},
	} {
		t.Run(test.name, func(t *testing.T) {
			raw := func(s string) []byte {
				if wide, ok := strings.CutPrefix(s, "u:"); ok {
					return utf16le(wide)
				}
				return []byte(s)
			}
			a, err := ParseAuthenticate(named(NegotiateUnicode, raw(test.domain), raw(test.user), raw(test.workstation), test.list...), test.negotiated)
			if got := a.Domain + `\` + a.User + "@" + a.Workstation; got != test.want || a.OEMNames != test.oem || (err != nil) != test.oem {
				t.Errorf("%q, %v, %v; want %q, %v", got, a.OEMNames, err, test.want, test.oem)
			}
		})
	}
}

// FuzzGenuineUTF16 states that names in UTF-16 are never taken for single
// bytes, whatever letters they have.
func FuzzGenuineUTF16(f *testing.F) {
	f.Add("CORP", "alice", "PC10", "CORP")
	f.Add("\u4f43\u5052", "\u6c61\u6369", "\u5043\u3031", "CORP") // the bytes spell CORP, alic, CP10
	f.Add("\u4f43\u5052", "\u6c61\u6369", "", "\u4f43\u5052")
	f.Add("", "\u5f20\u6d69", "", "")
	f.Add("\u5c71\u7530", "\u4e09\u90ce", "\u304b\u304d", "WEB01")
	f.Fuzz(func(t *testing.T, domain, user, workstation, server string) {
		wide := func(s string) ([]byte, string) {
			units := utf16.Encode([]rune(s))
			units = units[:min(len(units), 64)]
			return utf16le(string(utf16.Decode(units))), string(utf16.Decode(units))
		}
		d, wantDomain := wide(domain)
		u, wantUser := wide(user)
		w, wantWorkstation := wide(workstation)
		s, _ := wide(server)
		// Letters that together are the server's name in single bytes are no
		// name that anybody has.
		if len(d) == len(s)/2 && equalWide(s, d) {
			return
		}
		a, _ := ParseAuthenticate(named(NegotiateUnicode, d, u, w, AVPair{MsvAvNbDomainName, s}), NegotiateUnicode)
		if a.OEMNames || a.Domain != wantDomain || a.User != wantUser || a.Workstation != wantWorkstation {
			t.Errorf("%q %q %q became %q %q %q", wantDomain, wantUser, wantWorkstation, a.Domain, a.User, a.Workstation)
		}
	})
}

// TestEveryPairOfLettersStaysUTF16 takes all letters of which both bytes are
// printable ASCII, in all three names.
func TestEveryPairOfLettersStaysUTF16(t *testing.T) {
	list := []AVPair{name(MsvAvNbDomainName, "CORP"), name(MsvAvNbComputerName, "WEB01"), name(MsvAvDnsDomainName, "corp.example")}
	for high := rune(' '); high < 0x7f; high++ {
		for low := rune(' '); low < 0x7f; low++ {
			letter := high<<8 | low
			text := string([]rune{letter, letter, letter})
			b := utf16le(text)
			a, err := ParseAuthenticate(named(NegotiateUnicode, b, slices.Clone(b), b, list...), NegotiateUnicode)
			if err != nil || a.OEMNames || a.User != text || a.Domain != text {
				t.Fatalf("%q became %q, %v", text, a.User, err)
			}
		}
	}
}
