package ntlm

import "fmt"

// begin checks the signature and type that every message begins with.
func (d *decoder) begin(want MessageType) error {
	if t, ok := Kind(d.msg); !ok || t != want {
		return fmt.Errorf("ntlm: %d bytes do not begin a message of type %d", len(d.msg), want)
	}
	d.scratch.text = d.scratch.text[:0]
	return nil
}

// The places of the descriptors in a NEGOTIATE_MESSAGE, MS-NLMP section
// 2.2.1.1. Windows 9x sends the first 16 bytes alone.
var (
	negotiateDomain      = &place{"DomainName", 16, negotiateHeader}
	negotiateWorkstation = &place{"Workstation", 24, negotiateHeader}
)

const negotiateHeader = 32

// ParseNegotiate is the function of that name with memory that is used again.
func (r *Scratch) ParseNegotiate(b []byte) (*Negotiate, error) {
	d := decoder{msg: b, scratch: r}
	if err := d.begin(NegotiateMessage); err != nil {
		return nil, err
	}
	m := &r.negotiate
	*m = Negotiate{Flags: d.flags(12)}
	var domain, workstation descriptor
	if m.Flags.Has(OEMDomainSupplied) {
		domain = d.descriptor(negotiateDomain)
	}
	if m.Flags.Has(OEMWorkstationSupplied) {
		workstation = d.descriptor(negotiateWorkstation)
	}
	// Without the flag the room for VERSION may as well be padding.
	if m.Flags.Has(NegotiateVersion) {
		m.Version = d.version(negotiateHeader, d.headerEnd(domain, workstation), m.Flags)
	}
	m.Domain = d.text(d.payload(domain), NegotiateOEM)
	m.Workstation = d.text(d.payload(workstation), NegotiateOEM)
	return m, d.err()
}

// The places of the descriptors in a CHALLENGE_MESSAGE, MS-NLMP section
// 2.2.1.2. The oldest layout has no context and no TargetInfo.
var (
	challengeTarget = &place{"TargetName", 12, 32}
	challengeInfo   = &place{"TargetInfo", 40, challengeVersion}
)

const challengeVersion = 48

// ParseChallenge is the function of that name with memory that is used again.
func (r *Scratch) ParseChallenge(b []byte) (*Challenge, error) {
	d := decoder{msg: b, scratch: r}
	if err := d.begin(ChallengeMessage); err != nil {
		return nil, err
	}
	m := &r.challenge
	*m = Challenge{}
	target := d.descriptor(challengeTarget)
	m.Flags = d.flags(20)
	copy(m.ServerChallenge[:], d.head(24, 8, "ServerChallenge"))

	end := d.headerEnd(target)
	var info descriptor
	if end >= challengeVersion && m.Flags.Has(NegotiateTargetInfo) {
		info = d.descriptor(challengeInfo)
		end = d.headerEnd(target, info)
	}
	m.Version = d.version(challengeVersion, end, m.Flags)
	m.TargetName = d.text(d.payload(target), m.Flags)
	if list := d.payload(info); list != nil {
		m.TargetInfo = d.avPairs(list, int(info.offset), "TargetInfo")
	}
	return m, d.err()
}

// Where the parts of an AUTHENTICATE_MESSAGE are that old layouts lack, MS-NLMP
// section 2.2.1.3 and its product behavior notes.
const (
	authFixed   = 52 // every layout has what is below
	authFlags   = 60
	authVersion = 64
	authMIC     = 72
	authMICEnd  = 88
)

// The places of the descriptors in an AUTHENTICATE_MESSAGE.
var (
	authLM          = &place{"LmChallengeResponse", 12, authFixed}
	authNT          = &place{"NtChallengeResponse", 20, authFixed}
	authDomain      = &place{"DomainName", 28, authFixed}
	authUser        = &place{"UserName", 36, authFixed}
	authWorkstation = &place{"Workstation", 44, authFixed}
	authKey         = &place{"EncryptedRandomSessionKey", 52, authVersion}
)

// ParseAuthenticate is the function of that name with memory that is used
// again.
func (r *Scratch) ParseAuthenticate(b []byte, negotiated Flags) (*Authenticate, error) {
	d := decoder{msg: b, scratch: r}
	if err := d.begin(AuthenticateMessage); err != nil {
		return nil, err
	}
	lm, nt := d.descriptor(authLM), d.descriptor(authNT)
	domain, user, workstation := d.descriptor(authDomain), d.descriptor(authUser), d.descriptor(authWorkstation)
	var key descriptor
	end := d.headerEnd(lm, nt, domain, user, workstation)
	if end >= authFlags {
		key = d.descriptor(authKey)
		end = d.headerEnd(lm, nt, domain, user, workstation, key)
	}
	m := &r.authenticate
	*m = Authenticate{Flags: negotiated}
	d.optional(m, end)

	names := names{d.payload(domain), d.payload(user), d.payload(workstation)}
	whole := !d.lost
	m.SessionKey = d.payload(key) != nil
	d.responses(m, d.payload(lm), d.payload(nt), int(nt.offset))
	charset := m.Flags
	if m.OEMNames = whole && names.areOEM(m, negotiated); m.OEMNames {
		charset = NegotiateOEM
		d.fail("DomainName, UserName and Workstation are not UTF-16, which NEGOTIATE_UNICODE promises: read as single bytes")
	}
	m.Domain, m.User, m.Workstation = d.text(names[0], charset), d.text(names[1], charset), d.text(names[2], charset)
	m.Incomplete = d.lost
	return m, d.err()
}

// optional reads the header fields that came with later layouts, as far as the
// header, which ends at end, has them.
func (d *decoder) optional(m *Authenticate, end uint32) {
	if end >= authVersion {
		m.HasFlags = d.bytes(authFlags, 4) != nil
		if f := d.flags(authFlags); m.HasFlags {
			m.Flags = f
		}
	}
	m.Version = d.version(authVersion, end, m.Flags)
	if end >= authMICEnd {
		mic := d.head(authMIC, authMICEnd-authMIC, "MIC")
		m.HasMIC = mic != nil
		m.MICZero = m.HasMIC && allZero(mic)
	}
}
