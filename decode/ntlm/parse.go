package ntlm

import "fmt"

// begin checks the signature and type that every message begins with.
func (r *Room) begin(b []byte, want MessageType) (decoder, error) {
	if t, ok := Kind(b); !ok || t != want {
		return decoder{}, fmt.Errorf("ntlm: %d bytes do not begin a message of type %d", len(b), want)
	}
	return decoder{msg: b, room: r}, nil
}

// ParseNegotiate is the function of that name with memory that is used again.
func (r *Room) ParseNegotiate(b []byte) (*Negotiate, error) {
	d, err := r.begin(b, NegotiateMessage)
	if err != nil {
		return nil, err
	}
	const header = 32 // Windows 9x sends the first 16 bytes alone
	m := &r.negotiate
	*m = Negotiate{Flags: d.flags(12)}
	var domain, workstation descriptor
	if m.Flags.Has(OEMDomainSupplied) {
		domain = d.descriptor(16, "DomainName", header)
	}
	if m.Flags.Has(OEMWorkstationSupplied) {
		workstation = d.descriptor(24, "Workstation", header)
	}
	// Without the flag the room for VERSION may as well be padding.
	if m.Flags.Has(NegotiateVersion) {
		m.Version = d.version(header, d.headerEnd(domain, workstation), m.Flags)
	}
	m.Domain = d.text(d.payload(domain), NegotiateOEM)
	m.Workstation = d.text(d.payload(workstation), NegotiateOEM)
	return m, d.err()
}

// ParseChallenge is the function of that name with memory that is used again.
func (r *Room) ParseChallenge(b []byte) (*Challenge, error) {
	d, err := r.begin(b, ChallengeMessage)
	if err != nil {
		return nil, err
	}
	const (
		header     = 32 // the oldest layout has no context and no TargetInfo
		targetInfo = 40
		version    = 48
	)
	m := &r.challenge
	*m = Challenge{}
	target := d.descriptor(12, "TargetName", header)
	m.Flags = d.flags(20)
	copy(m.ServerChallenge[:], d.head(24, 8, "ServerChallenge"))

	end := d.headerEnd(target)
	var info descriptor
	if end >= version && m.Flags.Has(NegotiateTargetInfo) {
		info = d.descriptor(targetInfo, "TargetInfo", version)
		end = d.headerEnd(target, info)
	}
	m.Version = d.version(version, end, m.Flags)
	m.TargetName = d.text(d.payload(target), m.Flags)
	if list := d.payload(info); list != nil {
		m.TargetInfo = d.avPairs(list, int(info.offset), "TargetInfo")
	}
	return m, d.err()
}

// Where the parts of an AUTHENTICATE_MESSAGE are that old layouts lack, MS-NLMP
// section 2.2.1.3 and its product behavior notes.
const (
	authFixed      = 52 // every layout has what is below
	authSessionKey = 52
	authFlags      = 60
	authVersion    = 64
	authMIC        = 72
	authMICEnd     = 88
)

// ParseAuthenticate is the function of that name with memory that is used again.
func (r *Room) ParseAuthenticate(b []byte, negotiated Flags) (*Authenticate, error) {
	d, err := r.begin(b, AuthenticateMessage)
	if err != nil {
		return nil, err
	}
	lm := d.descriptor(12, "LmChallengeResponse", authFixed)
	nt := d.descriptor(20, "NtChallengeResponse", authFixed)
	domain := d.descriptor(28, "DomainName", authFixed)
	user := d.descriptor(36, "UserName", authFixed)
	workstation := d.descriptor(44, "Workstation", authFixed)
	var key descriptor
	end := d.headerEnd(lm, nt, domain, user, workstation)
	if end >= authFlags {
		key = d.descriptor(authSessionKey, "EncryptedRandomSessionKey", authVersion)
		end = d.headerEnd(lm, nt, domain, user, workstation, key)
	}
	m := &r.authenticate
	*m = Authenticate{Flags: negotiated}
	d.optional(m, end)

	m.Domain = d.text(d.payload(domain), m.Flags)
	m.User = d.text(d.payload(user), m.Flags)
	m.Workstation = d.text(d.payload(workstation), m.Flags)
	m.SessionKey = d.payload(key) != nil
	d.responses(m, d.payload(lm), d.payload(nt), int(nt.offset))
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
