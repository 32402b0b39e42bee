package affinity

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/trace"
)

// unanswered is what clients sent to no end, by the host that they asked:
//
//	host --directory--> unansweredPlace --handshake--> unansweredTry
type unanswered struct {
	byHost *recent.Map[hostKey, *unansweredHost]
}

func newUnanswered() unanswered {
	return unanswered{recent.New[hostKey, *unansweredHost](1 << 12)}
}

// hostKey names a site as one client asks for it; of a proxy, the proxy.
type hostKey struct {
	place trace.Place
	site  uint64
}

// unansweredHost is what of one site was not answered.
type unansweredHost struct{ places []*unansweredPlace }

// maxPlaces bounds the directories of one site that are told apart.
const maxPlaces = 16

// unansweredPlace is what was not answered in one directory of a site. Sites
// have applications that log on in different ways, each in its own.
type unansweredPlace struct {
	dir      uint64 // hash
	rounds   int    // since the last success
	ended    int64  // when the last of them was answered
	waiting  []unansweredTry
	reported []reportedTry
}

// unansweredTry is a NEGOTIATE of which it is not decided yet what to say.
type unansweredTry struct {
	h         *trace.Handshake
	offered   string // by the answer
	emptyPost bool
	sometimes bool // the client got a CHALLENGE of that server shortly before
}

// reportedTry is one that was reported.
type reportedTry struct {
	at         int64
	withdrawal *trace.Finding
}

// maxWaiting bounds the tries of one place that wait.
const maxWaiting = 32

var dirSeed = maphash.MakeSeed()

func hostKeyOf(h *trace.Handshake) hostKey { return hostKey{h.Place(), h.Site()} }

// dirOf returns the hash of the first directory that h asked for. A proxy has
// none.
func dirOf(h *trace.Handshake) uint64 {
	if h.Session.Proxy {
		return 0
	}
	dir, path := "/", h.Target()
	if i := strings.Index(path, "://"); i >= 0 {
		path = path[i+len("://"):]
	}
	path, _, _ = strings.Cut(path, "?")
	if i := strings.IndexByte(path, '/'); i >= 0 {
		if j := strings.IndexByte(path[i+1:], '/'); j >= 0 {
			dir = strings.ToLower(path[i : i+j+2])
		}
	}
	return maphash.String(dirSeed, dir)
}

// add takes h, which was not answered. An accepted logon is known at once, and h
// half a second after its end: what was answered meanwhile counts as later.
func (u unanswered) add(ix *trace.Index, h *trace.Handshake) {
	last := ix.TimesAt(h.Place())
	if max(last.Served, last.Challenged) > h.ResultAt {
		return
	}
	key := hostKeyOf(h)
	host := u.byHost.Get(key)
	if host == nil {
		host = &unansweredHost{}
		u.byHost.Set(key, host)
	}
	s := host.place(dirOf(h))
	if !harmless(h) {
		if h.Time >= s.ended {
			s.rounds++ // else it ran beside the one before
		}
		s.ended = max(s.ended, h.ResultAt)
	}
	if len(s.waiting) < maxWaiting {
		sometimes := last.Challenged != 0 && trace.Elapsed(last.Challenged, h.Time) <= time.Minute
		s.waiting = append(s.waiting, unansweredTry{h, h.Offered, h.EmptyPost, sometimes})
	}
}

// place returns the place with a directory, new if need be. What is beyond
// maxPlaces shares one.
func (t *unansweredHost) place(dir uint64) *unansweredPlace {
	i := slices.IndexFunc(t.places, func(s *unansweredPlace) bool { return s.dir == dir })
	switch {
	case i >= 0:
		return t.places[i]
	case len(t.places) == maxPlaces:
		return t.places[maxPlaces-1]
	}
	s := &unansweredPlace{dir: dir}
	t.places = append(t.places, s)
	return s
}

// find returns the place that h waits at, nil if there is none.
func (u unanswered) find(h *trace.Handshake) *unansweredPlace {
	if host := u.byHost.Get(hostKeyOf(h)); host != nil {
		for _, s := range host.places {
			if s.waits(h) {
				return s
			}
		}
	}
	return nil
}

func (s *unansweredPlace) index(h *trace.Handshake) int {
	return slices.IndexFunc(s.waiting, func(t unansweredTry) bool { return t.h == h })
}

// waits reports whether it is not decided yet what to say of h.
func (s *unansweredPlace) waits(h *trace.Handshake) bool { return s.index(h) >= 0 }

// take removes h and returns it; ok is false if it does not wait.
func (s *unansweredPlace) take(h *trace.Handshake) (t unansweredTry, ok bool) {
	i := s.index(h)
	if i < 0 {
		return t, false
	}
	t = s.waiting[i]
	s.waiting = slices.Delete(s.waiting, i, i+1)
	return t, true
}

// note remembers that h was reported.
func (s *unansweredPlace) note(h *trace.Handshake, withdrawal *trace.Finding) {
	if len(s.reported) < maxWithdrawals {
		s.reported = append(s.reported, reportedTry{h.ResultAt, withdrawal})
	}
}

// succeed takes h, which was answered as it should be, and returns what is
// withdrawn for it: all of the last minute, and the last of it all, at the same
// place; elsewhere at the site what happened once. An answer to other
// credentials counts if it is what the client fell back to.
func (u unanswered) succeed(h *trace.Handshake) (withdrawn []*trace.Finding) {
	host := u.byHost.Get(hostKeyOf(h))
	if host == nil {
		return nil
	}
	dir, at, other := dirOf(h), h.ChallengedAt, h.Frames.Challenge == 0
	if other {
		at = h.ResultAt
	}
	for _, s := range host.places {
		if s.ended > at || other && trace.Elapsed(s.ended, h.Time) > fallbackTime || s.dir != dir && s.rounds >= again {
			continue
		}
		over := func(tried int64) bool {
			since := trace.Elapsed(tried, at)
			return tried <= at && (tried == s.ended && since <= trace.WindowLength || !other && since <= time.Minute)
		}
		s.waiting = slices.DeleteFunc(s.waiting, func(t unansweredTry) bool { return over(t.h.ResultAt) })
		s.reported = slices.DeleteFunc(s.reported, func(r reportedTry) bool {
			if over(r.at) {
				withdrawn = append(withdrawn, r.withdrawal)
				return true
			}
			return false
		})
		s.rounds = 0
	}
	return withdrawn
}
