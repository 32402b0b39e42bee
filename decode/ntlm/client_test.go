package ntlm

import (
	"testing"

	ntlmssp "github.com/Azure/go-ntlmssp"
)

// A client that shares no code with this package makes the messages.
func TestMessagesOfAnotherImplementation(t *testing.T) {
	b, err := ntlmssp.NewNegotiateMessage("CORP", "PC1")
	if err != nil {
		t.Fatal(err)
	}
	negotiate, err := ParseNegotiate(b)
	if err != nil || negotiate.Domain != "CORP" || negotiate.Workstation != "PC1" || !negotiate.Flags.Has(NegotiateUnicode|OEMDomainSupplied) {
		t.Errorf("NEGOTIATE %+v, %v", negotiate, err)
	}

	list := AVPairs{name(MsvAvNbDomainName, "CORP"), name(MsvAvNbComputerName, "WEB01"), stamp(3)}
	const flags = NegotiateUnicode | NegotiateNTLM | NegotiateTargetInfo | ExtendedSessionSecurity
	b = build(2, 48).flags(20, flags).put(24, 1, 2, 3, 4, 5, 6, 7, 8).field(12, utf16le("CORP")).field(40, av(list...)).b
	challenge, err := ParseChallenge(b)
	if err != nil {
		t.Fatal(err)
	}
	b, err = ntlmssp.NewAuthenticateMessage(b, `CORP\alice`, "correct horse", &ntlmssp.AuthenticateMessageOptions{WorkstationName: "PC1"})
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseAuthenticate(b, challenge.Flags)
	if err != nil || a.Domain != "CORP" || a.User != "alice" || a.Workstation != "PC1" || a.Flags != challenge.Flags {
		t.Errorf("AUTHENTICATE %+v, %v", a, err)
	}
	if v, bind := a.ResponseVersion(), Bind(a, challenge); v != NTLMv2 || bind != Yes {
		t.Errorf("%s, bound %q", v, bind)
	}
	if server, _ := list.Timestamp(); !a.Time.Equal(server) {
		t.Errorf("time %v, want the server's %v", a.Time, server)
	}
	if a.Version != nil || a.HasMIC || a.SessionKey || a.Anonymous(challenge) {
		t.Errorf("the 64 byte header has more than it holds: %+v", a)
	}
}
