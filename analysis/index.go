package analysis

import (
	"cmp"
	"net/netip"
	"slices"

	"ntlmtrace/decode/ntlm"
	"ntlmtrace/internal/spare"
)

// addr is the address of a machine.
type addr = netip.Addr

// Index answers the questions of the rules about what the analysis retains.
type Index struct {
	machines    *machines
	window      *window
	tokens      chains
	challenges  chains
	basics      chains
	times       chains // made when somebody first asks: see knowTimes
	timesKnown  bool
	issuers     table[*issuer]
	hops        table[*hopState] // in order of appearance, see hop
	nextSweep   int64            // not before that time hops are swept again
	forgotten   int64            // handshakes of hops that were
	limits      limits
	reviewing   bool                                // what is asked of OnEnd is asked before the end
	clocks      []*skew                             // in order of appearance
	unclear     []*handshakeState                   // tokens that cannot be judged: their challenge may be lost
	found       [1]*Finding                         // see one
	counted     spare.List[Finding]                 // occurrences that were only counted
	tellings    spare.List[telling]                 // of findings that were said
	offereds    spare.List[offered]                 // of hops on which nobody asks for it any more
	frameNumber func(source int, frame int64) int64 // Options.Frame
	now         int64                               // capture time; at the end only
	sources     []SourceReport                      // likewise
}

func newIndex(m *machines, w *window, l limits) Index {
	return Index{
		machines: m, window: w, limits: l,
		tokens: newChains(sameToken, w), challenges: newChains(sameChallenge, w), basics: newChains(sameBasic, w), times: newChains(sameTime, w),
	}
}

// addToken reports whether no other handshake has the response of h.
func (ix *Index) addToken(h *handshakeState) (alone bool) {
	if h.hasToken() && !h.left {
		ix.tokens.add(h)
	}
	return ix.tokens.alone(h)
}

func (ix *Index) addChallenge(h *handshakeState) {
	if h.left {
		return // early, for memory: nobody is to find it any more
	}
	ix.challenges.add(h)
	if ix.timesKnown && h.issuedAt != 0 {
		ix.times.add(h)
	}
	c, s, number := h.leg.client, h.leg.server, ix.window.number(h)
	h.olderGot, c.got = c.got, number
	h.olderIssued, s.issued = s.issued, number
}

// addBasic adds Basic credentials.
func (ix *Index) addBasic(h *handshakeState) {
	if !h.left {
		ix.basics.add(h)
	}
}

// drop takes h, which leaves the window, out of everything but the tokens:
// their fingerprints stay longer.
func (ix *Index) drop(h *handshakeState) {
	h.left = true
	if h.Frames.Challenge != 0 {
		ix.challenges.trim(h)
		if ix.timesKnown && h.issuedAt != 0 {
			ix.times.trim(h)
		}
	}
	if r := h.rare; r != nil {
		if r.isBasic {
			ix.basics.trim(h)
		}
		r.chosen, r.after = nil, nil
	}
	p := h.leg.hop
	if p.unanswered == h {
		p.unanswered = nil
	}
	if p.proxyRefused == h {
		p.proxyRefused = nil
	}
	if r := h.leg.client.refused; r != nil {
		if r.list = slices.DeleteFunc(r.list, func(x *handshakeState) bool { return x == h }); len(r.list) == 0 {
			h.leg.client.refused = nil
		}
	}
}

// tokensLike gives the other handshakes with the response of h, oldest first.
func (ix *Index) tokensLike(h *handshakeState) others {
	if !h.hasToken() {
		return others{}
	}
	return ix.tokens.like(h)
}

// challengesLike gives the other handshakes with the challenge of h, oldest first.
func (ix *Index) challengesLike(h *handshakeState) others {
	if h.Frames.Challenge == 0 {
		return others{}
	}
	return ix.challenges.like(h)
}

// basicsLike gives the other presentations of the user-id and password of h, oldest first.
func (ix *Index) basicsLike(h *handshakeState) others {
	if !h.facts().isBasic {
		return others{}
	}
	return ix.basics.like(h)
}

// knowTimes puts the CHALLENGE messages of the window in order of their timestamps, and from then on
// each that comes. Only who has a token without its CHALLENGE asks for that: most captures have none.
func (ix *Index) knowTimes() {
	if ix.timesKnown {
		return
	}
	ix.timesKnown = true
	var had []*handshakeState
	for h := range ix.window.all() {
		if h.Frames.Challenge != 0 && h.issuedAt != 0 {
			had = append(had, h)
		}
	}
	slices.SortStableFunc(had, func(x, y *handshakeState) int { return cmp.Compare(x.challenged, y.challenged) })
	for _, h := range had {
		ix.times.add(h)
	}
}

// answered finds the handshakes whose CHALLENGE the AUTHENTICATE of h may
// answer, on other connections than its own: by the timestamp that both carry,
// else among the latest of the same client and of the same server.
func (ix *Index) answered(h *handshakeState) []*handshakeState {
	var out []*handshakeState
	if h.answers.Time != 0 {
		ix.knowTimes()
		times := ix.times.others(h, h.answers.Time)
		for x := times.next(); x != nil; x = times.next() {
			if x.leg != h.leg && h.answers.Answers(x.issued()) == ntlm.Yes {
				out = append(out, x)
			}
		}
		return out
	}
	take := func(x *handshakeState) {
		if x.leg != h.leg && x.challenged <= h.authenticated && h.answers.Answers(x.issued()) != ntlm.No {
			out = append(out, x)
		}
	}
	for x := range ix.window.recent(h.leg.client.got, func(x *handshakeState) uint32 { return x.olderGot }) {
		take(x)
	}
	for x := range ix.window.recent(h.leg.server.issued, func(x *handshakeState) uint32 { return x.olderIssued }) {
		take(x)
	}
	return out
}
