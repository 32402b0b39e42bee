package analysis

import (
	"net/netip"

	"ntlmtrace/decode"
	"ntlmtrace/decode/ntlm"
)

// addr is the address of a machine.
type addr = netip.Addr

// Index answers the questions of the rules about what the analysis retains.
type Index struct {
	machines   *machines
	tokens     chains[ntlm.ResponseKey] // AUTHENTICATE messages by their response
	challenges chains[[8]byte]          // CHALLENGE messages by their nonce
	basics     chains[decode.BasicKey]  // Basic credentials by user-id and password
	times      chains[uint64]           // CHALLENGE messages by MsvAvTimestamp
	hops       map[hopKey]*hopState
	hopOrder   []*hopState        // in order of appearance
	refused    map[addr]*refusals // refused logons of late, by client
	skews      skews
	unclear    []*Handshake                        // tokens that cannot be judged: their challenge may be lost
	number     func(source int, frame int64) int64 // Options.Frame
	now        int64                               // capture time; at the end only
	sources    []SourceReport                      // likewise
}

func newIndex(m *machines) *Index {
	return &Index{
		machines:   m,
		tokens:     newChains[ntlm.ResponseKey](func(h *Handshake) **Handshake { return &h.sameToken }, isGone),
		challenges: newChains[[8]byte](func(h *Handshake) **Handshake { return &h.sameChallenge }, hasLeft),
		basics:     newChains[decode.BasicKey](func(h *Handshake) **Handshake { return &h.sameBasic }, hasLeft),
		times:      newChains[uint64](func(h *Handshake) **Handshake { return &h.sameTime }, hasLeft),
		hops:       map[hopKey]*hopState{}, refused: map[addr]*refusals{},
	}
}

func isGone(h *Handshake) bool  { return h.gone }
func hasLeft(h *Handshake) bool { return h.left }

func (ix *Index) addToken(h *Handshake) {
	if h.hasToken() {
		ix.tokens.add(h.response, h)
	}
}

func (ix *Index) addBasic(h *Handshake) { ix.basics.add(*h.basic, h) }

func (ix *Index) addChallenge(h *Handshake) {
	ix.challenges.add(h.challenge, h)
	if h.issued.Timestamp() != 0 {
		ix.times.add(h.issued.Timestamp(), h)
	}
	h.leg.client.got.add(h)
	h.leg.server.issued.add(h)
}

// drop takes h, which leaves the window, out of everything but the tokens:
// their fingerprints stay longer.
func (ix *Index) drop(h *Handshake) {
	h.left = true
	if h.Frames.Challenge != 0 {
		ix.challenges.trim(h.challenge)
		if h.issued.Timestamp() != 0 {
			ix.times.trim(h.issued.Timestamp())
		}
		h.leg.client.got.drop(h)
		h.leg.server.issued.drop(h)
	}
	if h.basic != nil {
		ix.basics.trim(*h.basic)
	}
}

// dropToken forgets the token of h.
func (ix *Index) dropToken(h *Handshake) { ix.tokens.trim(h.response) }

// tokensLike gives the other handshakes with the response of h, oldest first.
func (ix *Index) tokensLike(h *Handshake) []*Handshake {
	if !h.hasToken() {
		return nil
	}
	return ix.tokens.others(h.response, h)
}

// challengesLike gives the other handshakes with the challenge of h, oldest first.
func (ix *Index) challengesLike(h *Handshake) []*Handshake {
	if h.Frames.Challenge == 0 {
		return nil
	}
	return ix.challenges.others(h.challenge, h)
}

// basicsLike gives the other presentations of the user-id and password of h, oldest first.
func (ix *Index) basicsLike(h *Handshake) []*Handshake {
	if h.basic == nil {
		return nil
	}
	return ix.basics.others(*h.basic, h)
}

// answered finds the handshakes whose CHALLENGE the AUTHENTICATE of h may
// answer, on other connections than its own: by the timestamp that both carry,
// else among the latest of the same client and of the same server.
func (ix *Index) answered(h *Handshake) []*Handshake {
	var out []*Handshake
	if h.answers.Timestamp() != 0 {
		for _, x := range ix.times.others(h.answers.Timestamp(), h) {
			if x.leg != h.leg && h.answers.Answers(&x.issued) == ntlm.Yes {
				out = append(out, x)
			}
		}
		return out
	}
	for _, r := range [...]*recent{&h.leg.client.got, &h.leg.server.issued} {
		for i := len(r.list) - 1; i >= 0; i-- {
			x := r.list[i]
			if x.leg != h.leg && x.challenged <= h.authenticated && h.answers.Answers(&x.issued) != ntlm.No {
				out = append(out, x)
			}
		}
	}
	return out
}
