package analysis

import (
	"strings"

	"ntlmtrace/decode/ntlm"
)

// slabSize is how many handshakes are allocated together. Whoever holds one of
// them keeps all of them, so they are few.
const slabSize = 31

// slab holds handshakes that were begun one after the other. Nothing in it
// moves, and it is freed when nobody points into it.
type slab struct {
	handshakes [slabSize]handshakeState
	used       int
	held       int // those of them that somebody may look for
}

// maxText bounds each text of a handshake.
const maxText = 1024

// keepText returns a copy of s, cut to maxText bytes. Most handshakes have
// several texts in common with the one before: like is that one's.
func keepText(s, like string) string {
	if s = s[:min(len(s), maxText)]; s == like {
		return like
	}
	return strings.Clone(s)
}

// keepPair returns a text of a list of AV_PAIR, see keepText.
func keepPair(p ntlm.AVPairs, id ntlm.AVID, like string) string {
	var b [128]byte
	text := p.AppendText(b[:0], id)
	if text = text[:min(len(text), maxText)]; string(text) == like {
		return like
	}
	return string(text)
}

// The names of the server that issued the CHALLENGE: see the fields of Handshake.
func (h *handshakeState) serverName() string   { return h.by().name }
func (h *handshakeState) serverDNS() string    { return h.by().dns }
func (h *handshakeState) serverDomain() string { return h.by().domain }

// target is kept until the rules were asked, and beyond only if somebody wants
// to see it.
func (h *handshakeState) target() string {
	if h.passing != nil && len(h.passing.target) > 0 {
		return string(h.passing.target)
	}
	return h.lastTarget
}

// madeFor names the server whose CHALLENGE the AUTHENTICATE says it answers.
func (h *handshakeState) madeFor() string {
	if h.forIssuer {
		return h.by().name
	}
	return h.madeForName
}
