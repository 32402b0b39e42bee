package trace

import (
	"cmp"
	"iter"
	"math"
	"net/netip"
	"slices"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/internal/table"
	"ntlmtrace/capture"
	"ntlmtrace/decode"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/internal/freelist"
)

// Index answers the questions of the rules about what the analysis retains.
type Index struct {
	shared        map[Texts]*Texts // see Share
	Machines      *Machines
	window        *Window
	Tokens        Chains
	challenges    Chains
	basics        Chains
	times         Chains // filled when first needed: see knowTimes
	timesKnown    bool
	issuers       table.Table[*Issuer]
	sites         table.Table[*site] // see NoteIssuer
	fronts        frontEnds
	Proxies       map[netip.Addr]bool // the addresses of machines that are known to be proxies
	Hops          table.Table[*Hop]   // in order of appearance
	nextSweep     int64               // capture time before which hops are not swept again
	Forgotten     int64               // handshakes of hops that were swept
	Limits        Limits
	Reviewing     bool                                // OnEnd is asked before the end
	Ranks         map[string]int                      // of the rules by their ids
	found         [1]*Finding                         // see One
	spareFindings freelist.List[Finding]              // occurrences that were only counted
	spareDrafts   freelist.List[Draft]                // of findings that are in their rows
	spareOffers   freelist.List[Offers]               // of hops to which they do not matter any more
	FrameNumber   func(source int, frame int64) int64 // Options.Frame
	places        *recent.Map[Place, Times]           // of sites behind proxies: see TimesAt
	Now           int64                               // capture time; at the end only
	Sources       []Source                            // likewise
}

// NewIndex returns an index of nothing yet, over the machines and the window
// given.
func NewIndex(m *Machines, w *Window, l Limits) Index {
	return Index{
		Machines: m, window: w, Limits: l, Ranks: map[string]int{}, fronts: newFrontEnds(), places: recent.New[Place, Times](maxPlaces),
		Tokens: NewChains(sameToken, w), challenges: NewChains(SameChallenge, w), basics: NewChains(sameBasic, w), times: NewChains(sameTime, w),
	}
}

// Named reports whether one of the rules, by their ids, has a finding that h is
// a subject of: see Finding.subjects.
func (ix *Index) Named(h *Handshake, ids ...string) bool { return ix.has(&h.Extra().named, ids) }

// NamedBefore reports whether a rule that stands before the one with this id
// has a finding that h is a subject of.
func (ix *Index) NamedBefore(h *Handshake, id string) bool {
	for rank := range ix.Ranks[id] {
		if h.Extra().named.has(rank) {
			return true
		}
	}
	return false
}

// NamedHop reports the same of a hop, whatever the handshake.
func (ix *Index) NamedHop(p *Hop, ids ...string) bool { return ix.has(&p.named, ids) }

// has reports whether s has one of the rules.
func (ix *Index) has(s *ruleSet, ids []string) bool {
	for _, id := range ids {
		if rank, ok := ix.Ranks[id]; ok && s.has(rank) {
			return true
		}
	}
	return false
}

// NoteSubjects notes what f, of the rule at rank, is about.
func (ix *Index) NoteSubjects(rank int, f *Finding) {
	for _, h := range f.Explains {
		h.NeedExtra().named.add(rank)
	}
	for _, h := range f.Subjects {
		h.NeedExtra().named.add(rank)
	}
	for _, h := range f.About {
		h.Conn.Hop.named.add(rank)
	}
	for _, k := range f.Hops {
		ix.HopBetween(k.Client, k.Server).named.add(rank)
	}
}

// AddToken makes h known by its response. It reports whether no other handshake
// has that response.
func (ix *Index) AddToken(h *Handshake) (alone bool) {
	if h.HasToken() && h.Phase < Expired {
		ix.Tokens.Add(h)
	}
	return ix.Tokens.alone(h)
}

// AddChallenge makes h known by its CHALLENGE.
func (ix *Index) AddChallenge(h *Handshake) {
	if h.Phase >= Expired {
		return // early, for memory: nobody is to find it any more
	}
	ix.challenges.Add(h)
	if ix.timesKnown && h.IssuedAt != 0 {
		ix.times.Add(h)
	}
	c, s, number := h.Conn.Client, h.Conn.Server, ix.window.Number(h)
	h.olderGot, c.Data.got = c.Data.got, number
	h.olderIssued, s.Data.issued = s.Data.issued, number
}

// AddBegun makes h known by its client and its hop.
func (ix *Index) AddBegun(h *Handshake) {
	client, hop, number := h.Conn.Client, h.Conn.Hop, ix.window.Number(h)
	h.olderAsked, client.Data.begun = client.Data.begun, number
	h.olderAtHop, hop.begun = hop.begun, number
}

// OfClient returns the handshakes of the window that a client began, the newest
// first.
func (ix *Index) OfClient(c *Host) iter.Seq[*Handshake] {
	return ix.window.chain(c.Data.begun, math.MaxInt, func(h *Handshake) uint32 { return h.olderAsked })
}

// maxOfHop bounds how far back one looks at a hop.
const maxOfHop = 256

// OfHop returns the latest handshakes of a hop in the window, the newest first.
func (ix *Index) OfHop(p *Hop) iter.Seq[*Handshake] {
	return ix.window.chain(p.begun, maxOfHop, func(h *Handshake) uint32 { return h.olderAtHop })
}

// AddBasic makes h known by its Basic credentials.
func (ix *Index) AddBasic(h *Handshake) {
	if h.Phase < Expired {
		ix.basics.Add(h)
	}
}

// Drop takes h, which leaves the window, out of everything but the tokens:
// their fingerprints stay longer.
func (ix *Index) Drop(h *Handshake) {
	h.Reach(Expired)
	if h.Frames.Challenge != 0 {
		ix.challenges.Trim(h)
		if ix.timesKnown && h.IssuedAt != 0 {
			ix.times.Trim(h)
		}
	}
	if r := h.extra; r != nil {
		if r.IsBasic {
			ix.basics.Trim(h)
		}
		r.Chosen, r.After, r.Earlier = nil, nil, nil
	}
}

// tokensLike returns the other handshakes with the response of h, oldest first.
func (ix *Index) tokensLike(h *Handshake) Others {
	if !h.HasToken() {
		return Others{}
	}
	return ix.Tokens.Like(h)
}

// ChallengesLike returns the other handshakes with the challenge of h, oldest
// first.
func (ix *Index) ChallengesLike(h *Handshake) Others {
	if h.Frames.Challenge == 0 {
		return Others{}
	}
	return ix.challenges.Like(h)
}

// BasicsLike returns the other handshakes with the user-id and password of h,
// oldest first.
func (ix *Index) BasicsLike(h *Handshake) Others {
	if !h.Extra().IsBasic {
		return Others{}
	}
	return ix.basics.Like(h)
}

// LatestAt returns the latest handshakes that the server of h issued a CHALLENGE
// for at the same site, the newest first, as far as they are remembered.
func (ix *Index) LatestAt(h *Handshake) iter.Seq[*Handshake] {
	return func(yield func(*Handshake) bool) {
		site := h.Site()
		for x := range ix.window.chain(h.Conn.Server.Data.issued, recentLength, func(x *Handshake) uint32 { return x.olderIssued }) {
			if x.Site() == site && !yield(x) {
				return
			}
		}
	}
}

// knowTimes puts the CHALLENGE messages of the window in order of their
// timestamps, and from then on each that comes. It is called for a token
// without its CHALLENGE: most captures have none.
func (ix *Index) knowTimes() {
	if ix.timesKnown {
		return
	}
	ix.timesKnown = true
	var had []*Handshake
	for h := range ix.window.All() {
		if h.Frames.Challenge != 0 && h.IssuedAt != 0 {
			had = append(had, h)
		}
	}
	slices.SortStableFunc(had, func(x, y *Handshake) int { return cmp.Compare(x.ChallengedAt, y.ChallengedAt) })
	for _, h := range had {
		ix.times.Add(h)
	}
}

// answeredBy returns the handshakes whose CHALLENGE the AUTHENTICATE of h may
// answer, on other connections than its own: by the timestamp that both carry,
// else among the latest of the same client and of the same server.
func (ix *Index) answeredBy(h *Handshake) []*Handshake {
	var out []*Handshake
	if h.AnsweredIdentity.Time != 0 {
		ix.knowTimes()
		times := ix.times.others(h, h.AnsweredIdentity.Time)
		for x := times.Next(); x != nil; x = times.Next() {
			if x.Conn != h.Conn && h.AnsweredIdentity.Answers(x.Issued()) == ntlm.Yes {
				out = append(out, x)
			}
		}
		return out
	}
	take := func(x *Handshake) {
		if x.Conn != h.Conn && x.ChallengedAt <= h.AuthenticatedAt && h.AnsweredIdentity.Answers(x.Issued()) != ntlm.No {
			out = append(out, x)
		}
	}
	for x := range ix.window.chain(h.Conn.Client.Data.got, recentLength, func(x *Handshake) uint32 { return x.olderGot }) {
		take(x)
	}
	for x := range ix.window.chain(h.Conn.Server.Data.issued, recentLength, func(x *Handshake) uint32 { return x.olderIssued }) {
		take(x)
	}
	return out
}

// Source is what reading one source gave.
type Source struct {
	Name    string
	Capture capture.Stats
	Decode  decode.Stats
}
