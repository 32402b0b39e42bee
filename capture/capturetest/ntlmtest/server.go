package ntlmtest

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Directory holds the passwords of a domain, by user name in lower case.
type Directory map[string]string

// A Server is a member of a domain that lets users log on.
type Server struct {
	Name, Domain       string // NetBIOS
	DNSName, DNSDomain string
	Users              Directory
	Build              uint16        // of Windows; 20348 if 0
	Skew               time.Duration // how far its clock is ahead
	NoTimestamp        bool          // as before Vista
	IgnoresMIC         bool          // as gss-ntlmssp
	Local              bool          // it finds the client on its own machine
	Fixed              []byte        // the challenge that it always sends; nil for a fresh one
	MaxLifetime        time.Duration // of a response, by the server's clock; 0 for any
	issued             int
	clock              time.Time // at the last challenge
}

// negotiable are the flags that a server repeats if the client sent them.
const negotiable = flagUnicode | flagSign | flagSeal | flagAlwaysSign | flagESS | flagVersion | flag128 | flagKeyExchange | flag56

// Challenge makes the CHALLENGE_MESSAGE, MS-NLMP section 2.2.1.2, that answers
// a NEGOTIATE_MESSAGE at the time now.
func (s *Server) Challenge(negotiate []byte, now time.Time) []byte {
	s.issued++
	s.clock = now.Add(s.Skew)
	flags := message(negotiate).flags(12)&negotiable | flagRequestTarget | flagNTLM | flagTargetDomain | flagTargetInfo
	if flags&flagUnicode == 0 {
		flags |= flagOEM
	}
	if s.Local {
		flags |= flagLocalCall
	}
	m := newMessage(typeChallenge, 56)
	le.PutUint32(m[20:], flags)
	copy(m[24:], s.nonce())
	if s.Local {
		copy(m[32:], nonce(4, "context", s.Name, fmt.Sprint(s.issued)))
	}
	build := s.Build
	if build == 0 {
		build = 20348
	}
	copy(m[48:], version(10, 0, build))
	return m.put(12, text(s.Domain, flags)).put(40, s.pairs(now).bytes())
}

func (s *Server) nonce() []byte {
	if s.Fixed != nil {
		return s.Fixed
	}
	return nonce(8, "server challenge", s.Name, fmt.Sprint(s.issued))
}

// pairs are in the order of Windows.
func (s *Server) pairs(now time.Time) pairs {
	p := pairs{
		{avDomain, utf16le(s.Domain)},
		{avComputer, utf16le(s.Name)},
		{avDNSDomain, utf16le(s.DNSDomain)},
		{avDNSComputer, utf16le(s.DNSName)},
		{avDNSTree, utf16le(s.DNSDomain)},
	}
	if !s.NoTimestamp {
		p = append(p, pair{avTimestamp, filetime(now.Add(s.Skew))})
	}
	return p
}

// A Logon is who a server took a client for.
type Logon struct {
	User, Domain string // empty for an anonymous logon and for a local call
	Anonymous    bool
}

// The reasons to refuse an AUTHENTICATE_MESSAGE.
var (
	errMalformed = errors.New("malformed message")
	errUser      = errors.New("no such user")
	errResponse  = errors.New("the response does not fit challenge and password")
	errStale     = errors.New("the response is too old or too new")
	errMIC       = errors.New("the MIC does not fit the messages")
)

// Verify works out, as MS-NLMP section 3.2.5.1.2 asks, whether authenticate
// answers challenge with the user's password. The three messages are those of
// one connection; without a challenge there is nothing to verify.
func (s *Server) Verify(negotiate, challenge, authenticate []byte) (Logon, error) {
	m := message(authenticate)
	if !m.is(typeAuthenticate, 64) || !message(challenge).is(typeChallenge, 48) {
		return Logon{}, errMalformed
	}
	flags := m.flags(60)
	l := Logon{User: untext(m.field(36), flags), Domain: untext(m.field(28), flags)}
	lm, nt := m.field(12), m.field(20)
	if l.User == "" && len(nt) == 0 && len(lm) <= 1 {
		local := message(challenge).flags(20)&flagLocalCall != 0
		return Logon{Anonymous: !local}, nil
	}
	password, ok := s.Users[strings.ToLower(l.User)]
	if !ok {
		return l, errUser
	}
	v := verifier{challenge: challenge[24:32], password: password, logon: l}
	key, ok := v.verify(lm, nt, flags)
	if !ok {
		return l, errResponse
	}
	if s.MaxLifetime > 0 && len(nt) >= 32 && apart(nt[24:32], s.clock) > s.MaxLifetime {
		return l, errStale
	}
	if !s.IgnoresMIC && promisesMIC(nt) && !checkMIC(key, negotiate, challenge, m) {
		return l, errMIC
	}
	return l, nil
}

// verifier has what a response is computed from.
type verifier struct {
	challenge []byte
	password  string
	logon     Logon
}

// verify gives the KeyExchangeKey with its verdict.
func (v verifier) verify(lm, nt []byte, flags uint32) ([]byte, bool) {
	base := md4sum(ntowfv1(v.password))
	switch {
	case len(nt) > 24:
		key := ntowfv2(v.logon.User, v.logon.Domain, v.password)
		proof := hmacMD5(key, v.challenge, nt[16:])
		return hmacMD5(key, proof), hmac.Equal(proof, nt[:16])
	case len(nt) == 24 && flags&flagESS != 0 && len(lm) == 24:
		want := desl(ntowfv1(v.password), essChallenge(v.challenge, lm[:8]))
		return hmacMD5(base, v.challenge, lm[:8]), hmac.Equal(want, nt)
	case len(nt) == 24:
		return base, hmac.Equal(desl(ntowfv1(v.password), v.challenge), nt)
	}
	return base, hmac.Equal(desl(lmowfv1(v.password), v.challenge), lm)
}

// apart is how far a FILETIME is from t.
func apart(stamp []byte, t time.Time) time.Duration {
	d := time.Duration(int64(le.Uint64(stamp)-le.Uint64(filetime(t)))) * 100
	return d.Abs()
}

func promisesMIC(nt []byte) bool {
	if len(nt) < 44 {
		return false
	}
	f := parsePairs(nt[44:]).value(avFlags)
	return len(f) == 4 && f[0]&micProvided != 0
}

// checkMIC computes the MIC of MS-NLMP section 3.1.5.1.2 again.
func checkMIC(key, negotiate, challenge []byte, m message) bool {
	if len(m) < micEnd {
		return false
	}
	if sealed := m.field(52); len(sealed) == 16 {
		key = rc4Crypt(key, sealed)
	}
	zeroed := slices.Clone(m)
	clear(zeroed[micOffset:micEnd])
	return hmac.Equal(hmacMD5(key, negotiate, challenge, zeroed), m[micOffset:micEnd])
}
