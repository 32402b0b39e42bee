package ntlm

import (
	"reflect"
	"testing"
)

// The messages of MS-NLMP section 4.2.4.3: user User of Domain at COMPUTER,
// with NTLMv2, to Server.
const (
	exampleChallenge = `
		4e544c4d53535000 02000000
		0c000c0038000000 33828ae2 0123456789abcdef 0000000000000000
		2400240044000000 060070170000000f
		530065007200760065007200                    # TargetName
		02000c0044006f006d00610069006e00            # MsvAvNbDomainName
		01000c00530065007200760065007200 00000000   # MsvAvNbComputerName, MsvAvEOL`
	exampleAuthenticate = `
		4e544c4d53535000 03000000
		180018006c000000 5400540084000000 0c000c0048000000 0800080054000000
		100010005c000000 10001000d8000000 358288e2 0501280a0000000f
		44006f006d00610069006e00                    # DomainName
		5500730065007200                            # UserName
		43004f004d0050005500540045005200            # Workstation
		86c35097ac9cec102554764a57cccc19 aaaaaaaaaaaaaaaa
		68cd0ab851e51c96aabc927bebef6a1c            # NTProofStr
		0101000000000000 0000000000000000 aaaaaaaaaaaaaaaa 00000000
		02000c0044006f006d00610069006e00
		01000c00530065007200760065007200
		00000000 00000000
		c5dad2544fc9799094ce1ce90bc9d03e            # EncryptedRandomSessionKey`
)

func TestSpecificationExampleChallenge(t *testing.T) {
	got, err := ParseChallenge(unhex(t, exampleChallenge))
	want := &Challenge{
		Flags:           0xe28a8233,
		TargetName:      "Server",
		ServerChallenge: [8]byte{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef},
		TargetInfo:      AVPairs{name(MsvAvNbDomainName, "Domain"), name(MsvAvNbComputerName, "Server")},
		Version:         &Version{6, 0, 6000, 15},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestSpecificationExampleAuthenticate(t *testing.T) {
	b := unhex(t, exampleAuthenticate)
	got, err := ParseAuthenticate(b, 0)
	want := &Authenticate{
		Flags: 0xe2888235, HasFlags: true,
		Domain: "Domain", User: "User", Workstation: "COMPUTER",
		LMResponse: b[0x6c:0x84], NTResponse: b[0x84:0xd8],
		SessionKey: true,
		Version:    &Version{5, 1, 2600, 15},
		NTProofStr: b[0x84:0x94], ClientChallenge: b[0xa4:0xac],
		TargetInfo: AVPairs{name(MsvAvNbDomainName, "Domain"), name(MsvAvNbComputerName, "Server")},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v, %v\nwant %#v", got, err, want)
	}
	if v := got.ResponseVersion(); v != NTLMv2 {
		t.Errorf("response version %s", v)
	}
	challenge, _ := ParseChallenge(unhex(t, exampleChallenge))
	if bind := Bind(got, challenge); bind != YesMachine {
		t.Errorf("binding %q", bind)
	}
}

func TestNothingOfTheInputIsKept(t *testing.T) {
	for _, text := range []string{exampleChallenge, exampleAuthenticate} {
		b := unhex(t, text)
		parse := func(b []byte) any {
			if k, _ := Kind(b); k == ChallengeMessage {
				m, _ := ParseChallenge(b)
				return m
			}
			m, _ := ParseAuthenticate(b, 0)
			return m
		}
		got, want := parse(b), parse(unhex(t, text))
		for i := range b {
			b[i] ^= 0xff
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("changed with the input:\ngot %+v\nwant %+v", got, want)
		}
	}
}
