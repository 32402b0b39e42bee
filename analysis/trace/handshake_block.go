package trace

// slabSize is how many handshakes are allocated together. Whoever holds one of
// them keeps all of them, so they are few.
const slabSize = 31

// slab holds handshakes that were begun one after the other. Nothing in it
// moves, and it is freed when nobody points into it.
type slab struct {
	handshakes [slabSize]Handshake
	used       int
	Held       int // those of them that somebody may look for
}

// maxText bounds each text of a handshake.
const MaxText = 1024

// The names of the server that issued the CHALLENGE: see the fields of Handshake.
func (h *Handshake) ServerName() string   { return h.IssuedBy().Name }
func (h *Handshake) serverDNS() string    { return h.IssuedBy().dns }
func (h *Handshake) serverDomain() string { return h.IssuedBy().domain }

// target is kept until the rules were asked, and beyond only if somebody wants
// to see it.
func (h *Handshake) Target() string {
	if h.Details != nil && len(h.Details.Target) > 0 {
		return string(h.Details.Target)
	}
	return h.KeptTarget
}

// madeFor names the server whose CHALLENGE the AUTHENTICATE says it answers.
func (h *Handshake) MadeFor() string {
	if h.ForIssuer {
		return h.IssuedBy().Name
	}
	return h.MadeForName
}
