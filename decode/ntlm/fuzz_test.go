package ntlm

import (
	"bytes"
	"ntlmtrace/decode/internal/dertest"
	"reflect"
	"testing"
)

// parsed decodes whichever message b is.
func parsed(b []byte) (any, error) {
	switch kind, _ := Kind(b); kind {
	case NegotiateMessage:
		return ParseNegotiate(b)
	case ChallengeMessage:
		return ParseChallenge(b)
	case AuthenticateMessage:
		return ParseAuthenticate(b, NegotiateOEM)
	}
	return nil, nil
}

// parsed is the function of that name in a scratch.
func (r *Scratch) parsed(b []byte) (any, error) {
	switch kind, _ := Kind(b); kind {
	case NegotiateMessage:
		return r.ParseNegotiate(b)
	case ChallengeMessage:
		return r.ParseChallenge(b)
	case AuthenticateMessage:
		return r.ParseAuthenticate(b, NegotiateOEM)
	}
	return nil, nil
}

// subset reports the first field of part that is neither zero nor that of
// whole: a message that was cut short may lack fields, but has no others.
func subset(part, whole reflect.Value) string {
	for i := range part.NumField() {
		name := part.Type().Field(i).Name
		p, w := part.Field(i), whole.Field(i)
		switch {
		case p.IsZero(), name == "Incomplete", oemNames(name, whole), reflect.DeepEqual(p.Interface(), w.Interface()):
		case name == "Flags" && !part.FieldByName("HasFlags").IsValid():
			return name
		case name == "Flags" && !part.FieldByName("HasFlags").Bool(): // those of the challenge
		default:
			return name
		}
	}
	return ""
}

// oemNames reports whether a field is one of the names of a message whose flags
// are wrong about them: what proves that may be cut off.
func oemNames(field string, whole reflect.Value) bool {
	switch field {
	case "Domain", "User", "Workstation":
		return whole.FieldByName("OEMNames").IsValid() && whole.FieldByName("OEMNames").Bool()
	}
	return false
}

func FuzzParse(f *testing.F) {
	const flags = NegotiateUnicode | NegotiateTargetInfo
	list := av(name(MsvAvNbComputerName, "WEB01"), stamp(1))
	f.Add(unhex(f, exampleChallenge), uint16(70))
	f.Add(unhex(f, exampleAuthenticate), uint16(0x90))
	f.Add(build(1, 32).flags(12, OEMDomainSupplied).field(16, []byte("CORP")).b, uint16(34))
	f.Add(build(2, 48).flags(20, flags).field(12, utf16le("CORP")).field(40, list).b, uint16(60))
	f.Add(build(3, 52).field(userAt, []byte("alice")).field(ntAt, v2(list)).b, uint16(57))
	f.Add(build(3, 88).flags(60, flags).field(userAt, utf16le("alice")).field(ntAt, v2(list)).b, uint16(80))
	f.Add(named(NegotiateUnicode, []byte("CORP"), []byte("alice"), []byte("PC10"), name(MsvAvNbDomainName, "CORP")), uint16(70))
	f.Add([]byte("NTLMSSP\x00\x03\x00\x00\x000000000000000000\x04\x0000@\x00\x00\x0000000000\x04\x0000C\x00\x00\x00000000001000000000\x00000000"), uint16(70))
	var used Scratch
	f.Fuzz(func(t *testing.T, b []byte, cut uint16) {
		whole, err := parsed(b)
		if inScratch, scratchErr := used.parsed(b); !reflect.DeepEqual(whole, inScratch) || dertest.ErrorText(err) != dertest.ErrorText(scratchErr) {
			t.Fatalf("%+v, %v\nin a scratch that was used: %+v, %v", whole, err, inScratch, scratchErr)
		}
		again, againErr := parsed(bytes.Clone(b))
		if !reflect.DeepEqual(whole, again) || dertest.ErrorText(err) != dertest.ErrorText(againErr) {
			t.Fatalf("%+v, %v\nbecame %+v, %v", whole, err, again, againErr)
		}
		if a, ok := whole.(*Authenticate); ok {
			a.Anonymous(nil)
			a.Fingerprint()
			if a.ResponseVersion() == NTLMv2 && (a.ResponseKey() != ResponseKey(a.NTProofStr)) {
				t.Fatal("the key of an NTLMv2 response is not its NTProofStr")
			}
			if bind := Bind(a, &Challenge{TargetInfo: a.TargetInfo}); bind == No {
				t.Fatal("a list differs from itself")
			}
		}
		if int(cut) >= len(b) {
			return
		}
		part, _ := parsed(b[:cut])
		if part == nil || reflect.ValueOf(part).IsNil() {
			return
		}
		if name := subset(reflect.ValueOf(part).Elem(), reflect.ValueOf(whole).Elem()); name != "" {
			t.Fatalf("%s of the first %d bytes is not that of the message:\n%+v\n%+v", name, cut, part, whole)
		}
	})
}

func BenchmarkParseAuthenticate(b *testing.B) {
	list := av(name(MsvAvNbDomainName, "CORP"), name(MsvAvNbComputerName, "WEB01"), name(MsvAvDnsDomainName, "corp.example"),
		name(MsvAvDnsComputerName, "web01.corp.example"), stamp(1), name(MsvAvTargetName, "HTTP/web01.corp.example"))
	m := build(3, 88).flags(60, NegotiateUnicode).field(domainAt, utf16le("CORP")).field(userAt, utf16le("alice")).
		field(workstationAt, utf16le("PC1")).field(lmAt, make([]byte, 24)).field(ntAt, v2(list))
	b.SetBytes(int64(len(m.b)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseAuthenticate(m.b, 0); err != nil {
			b.Fatal(err)
		}
	}
}
