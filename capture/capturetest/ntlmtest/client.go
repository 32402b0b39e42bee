package ntlmtest

import (
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/Azure/go-ntlmssp"
)

// Stack is the software that makes a client's messages.
type Stack uint8

// The stacks.
const (
	Windows   Stack = iota // SSPI of Windows 10: Unicode, MIC, SPN, key exchange
	Curl                   // curl: OEM characters, no Version, no MIC, its own clock
	GoNTLMSSP              // the messages of github.com/Azure/go-ntlmssp itself
)

// Response is the kind of answer to a challenge, MS-NLMP section 3.3.
type Response uint8

// The kinds of answer.
const (
	NTLMv2    Response = iota
	NTLMv1             // with a real LM response beside it
	NTLMv1ESS          // with extended session security
	LM                 // no NT response
	Anonymous
	LocalCall // only to a challenge that says so
)

// A Client is a user at a machine.
type Client struct {
	User, Domain, Password string
	Workstation            string
	Stack                  Stack
	Response               Response  // Windows only, the others always send NTLMv2
	SPN                    string    // Windows: what the user meant to reach, MsvAvTargetName
	Bindings               []byte    // Windows: MsvAvChannelBindings, 16 bytes; zeros if nil
	NoMIC                  bool      // Windows: the MIC is promised and then zero
	OldHeader              bool      // Windows: the layout that has no MIC
	Clock                  time.Time // Curl, and a challenge without timestamp
}

// Negotiate makes the NEGOTIATE_MESSAGE, MS-NLMP section 2.2.1.1.
func (c Client) Negotiate() []byte {
	switch c.Stack {
	case Curl:
		m := newMessage(typeNegotiate, 32)
		le.PutUint32(m[12:], flagOEM|flagRequestTarget|flagNTLM|flagAlwaysSign|flagESS)
		return m
	case GoNTLMSSP:
		m, err := ntlmssp.NewNegotiateMessage("", "")
		must(err)
		return m
	}
	m := newMessage(typeNegotiate, 40)
	flags := uint32(0xe2088297) // what WinHTTP and WinINet of Windows 10 send
	if c.Response == NTLMv1 || c.Response == LM {
		flags &^= flagESS
	}
	le.PutUint32(m[12:], flags)
	copy(m[32:], version(10, 0, 19045))
	return m
}

// Authenticate makes the AUTHENTICATE_MESSAGE, MS-NLMP section 2.2.1.3, that
// answers challenge. The messages before it are those of the same connection.
func (c Client) Authenticate(negotiate, challenge []byte) []byte {
	switch c.Stack {
	case Curl:
		return c.curl(challenge)
	case GoNTLMSSP:
		return c.goNTLMSSP(challenge)
	}
	return c.windows(negotiate, challenge)
}

// windows lays the message out as Windows 10 does: names first, then the
// responses, a header of 88 bytes, and a MIC.
func (c Client) windows(negotiate, challenge []byte) []byte {
	a := c.answer(challenge)
	flags := message(challenge).flags(20) &^ flagTargetDomain
	user, domain, workstation := c.User, c.Domain, c.Workstation
	switch c.Response {
	case Anonymous:
		flags |= flagAnonymous
		user, domain = "", ""
	case LocalCall:
		user, domain, workstation = "", "", ""
	}
	exported := nonce(16, "session key", user, string(challenge))
	header := micEnd
	if c.OldHeader {
		header = micOffset
	}
	m := newMessage(typeAuthenticate, header)
	m = m.put(28, text(domain, flags)).put(36, text(user, flags)).put(44, text(workstation, flags))
	m = m.put(12, a.lm).put(20, a.nt)
	if flags&flagKeyExchange != 0 && c.Response != LocalCall {
		m = m.put(52, rc4Crypt(a.key, exported))
	} else {
		m = m.put(52, nil)
		exported = a.key
	}
	le.PutUint32(m[60:], flags)
	copy(m[64:], version(10, 0, 19045))
	if !c.NoMIC && !c.OldHeader {
		copy(m[micOffset:], hmacMD5(exported, negotiate, challenge, m))
	}
	return m
}

// answer is the responses and the KeyExchangeKey that belongs to them.
type answer struct{ lm, nt, key []byte }

func (c Client) answer(challenge []byte) answer {
	nonceS := challenge[24:32]
	nonceC := nonce(8, "client challenge", c.User, c.Workstation, string(challenge))
	switch c.Response {
	case NTLMv1, LM:
		a := answer{lm: desl(lmowfv1(c.Password), nonceS), key: md4sum(ntowfv1(c.Password))}
		if c.Response == NTLMv1 {
			a.nt = desl(ntowfv1(c.Password), nonceS)
		}
		return a
	case NTLMv1ESS:
		base := md4sum(ntowfv1(c.Password))
		return answer{
			lm:  append(slices.Clone(nonceC), make([]byte, 16)...),
			nt:  desl(ntowfv1(c.Password), essChallenge(nonceS, nonceC)),
			key: hmacMD5(base, nonceS, nonceC),
		}
	case Anonymous:
		return answer{lm: []byte{0}, key: make([]byte, 16)}
	case LocalCall:
		return answer{key: make([]byte, 16)}
	}
	return c.answerV2(challenge, nonceS, nonceC)
}

// answerV2 sends an LMv2 response only to a server without a clock, MS-NLMP
// section 3.1.5.1.2.
func (c Client) answerV2(challenge, nonceS, nonceC []byte) answer {
	offered := parsePairs(message(challenge).field(40))
	key := ntowfv2(c.User, c.Domain, c.Password)
	stamp, lm := offered.value(avTimestamp), make([]byte, 24)
	if stamp == nil {
		stamp = filetime(c.Clock)
		lm = append(hmacMD5(key, nonceS, nonceC), nonceC...)
	}
	nt := ntlmv2(key, nonceS, nonceC, stamp, c.extend(offered).bytes(), 8)
	return answer{lm: lm, nt: nt, key: hmacMD5(key, nt[:16])}
}

// extend adds to the server's pairs what MS-NLMP section 3.1.5.1.2 asks of the
// client, in the order of Windows.
func (c Client) extend(p pairs) pairs {
	p = slices.Clone(p)
	if p.value(avTimestamp) != nil {
		p = append(p, pair{avFlags, []byte{micProvided, 0, 0, 0}})
	}
	single := slices.Concat([]byte{48, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x20, 0, 0}, nonce(32, "machine", c.Workstation))
	bindings := c.Bindings
	if bindings == nil {
		bindings = make([]byte, 16)
	}
	return append(p, pair{avSingleHost, single}, pair{avChannelBindings, bindings}, pair{avTargetName, utf16le(c.SPN)})
}

// curl repeats the server's pairs as they are, puts its own clock into the
// response and always sends LMv2.
func (c Client) curl(challenge []byte) []byte {
	flags := message(challenge).flags(20)
	nonceS, nonceC := challenge[24:32], nonce(8, "curl", c.User, string(challenge))
	key := ntowfv2(c.User, c.Domain, c.Password)
	nt := ntlmv2(key, nonceS, nonceC, filetime(c.Clock), message(challenge).field(40), 4)
	m := newMessage(typeAuthenticate, 64)
	m = m.put(12, append(hmacMD5(key, nonceS, nonceC), nonceC...)).put(20, nt)
	m = m.put(28, text(c.Domain, flags)).put(36, text(c.User, flags)).put(44, text(c.Workstation, flags)).put(52, nil)
	le.PutUint32(m[60:], flags)
	return m
}

// goNTLMSSP lets the library answer. It takes its client challenge from
// [rand.Reader], which is therefore another one meanwhile: not for parallel
// use. Its timestamp is that of the challenge, which must have one.
func (c Client) goNTLMSSP(challenge []byte) []byte {
	old := rand.Reader
	defer func() { rand.Reader = old }()
	rand.Reader = fixed(nonce(8, "go-ntlmssp", c.User, string(challenge)))
	m, err := ntlmssp.NewAuthenticateMessage(challenge, c.Domain+`\`+c.User, c.Password,
		&ntlmssp.AuthenticateMessageOptions{WorkstationName: c.Workstation})
	must(err)
	return m
}

// fixed is a source of randomness that is not random.
type fixed []byte

func (f fixed) Read(p []byte) (int, error) { return copy(p, f), nil }

func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("ntlmtest: %v", err)) // the caller's challenge is not one that the library takes
	}
}
