package ntlm

import (
	"reflect"
	"testing"
)

// challengeBytes is a CHALLENGE with all that one can have.
func challengeBytes(target string) []byte {
	const flags = NegotiateUnicode | NegotiateTargetInfo | NegotiateVersion
	list := av(name(MsvAvNbComputerName, target), stamp(1))
	return build(2, 56).flags(20, flags).field(12, utf16le(target)).field(40, list).b
}

func TestCloneOutlivesTheScratch(t *testing.T) {
	var r Scratch
	b := challengeBytes("WEB01")
	m, err := r.ParseChallenge(b)
	if err != nil {
		t.Fatal(err)
	}
	own := m.Clone()
	if !reflect.DeepEqual(own, m) {
		t.Errorf("the copy of %+v is %+v", m, own)
	}
	want, _ := ParseChallenge(challengeBytes("WEB01"))
	clear(b)
	if _, err := r.ParseChallenge(challengeBytes("FILES")); err != nil || m.TargetName != "FILES" {
		t.Fatalf("%v: the scratch was not used again: %+v", err, m)
	}
	if !reflect.DeepEqual(own, want) {
		t.Errorf("the copy became %+v", own)
	}
	if got := (&Challenge{}).Clone(); got.TargetInfo != nil || got.Version != nil {
		t.Errorf("the copy of nothing is %+v", got)
	}
}

func TestRoomsAllocateNothing(t *testing.T) {
	list := av(name(MsvAvNbDomainName, "CORP"), name(MsvAvNbComputerName, "WEB01"), stamp(1))
	messages := [][]byte{
		build(1, 40).flags(12, NegotiateVersion|OEMDomainSupplied).field(16, []byte("CORP")).b,
		challengeBytes("WEB01"),
		build(3, 88).flags(60, NegotiateUnicode).field(domainAt, utf16le("CORP")).field(userAt, utf16le("alice")).
			field(workstationAt, utf16le("PC1")).field(lmAt, make([]byte, 24)).field(ntAt, v2(list)).b,
	}
	var r Scratch
	read := func() {
		for _, b := range messages {
			if m, err := r.parsed(b); m == nil || err != nil {
				t.Fatal(m, err)
			}
		}
	}
	if read(); testing.AllocsPerRun(100, read) != 0 {
		t.Error("a scratch costs memory for each message")
	}
}
