package affinity

import (
	"fmt"
	"slices"
	"strings"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// untaken is what was offered to requests with a body and without credentials,
// by place. A body can often not be sent twice: then the client logs on with
// requests that have none, and never with these.
type untaken struct {
	byPlace *recent.Map[trace.Place, *untakenMethods]
}

func newUntaken() untaken { return untaken{recent.New[trace.Place, *untakenMethods](1 << 12)} }

// untakenMethods is the methods of one place.
type untakenMethods struct{ methods []untakenMethod }

// maxMethods bounds the methods of one place.
const maxMethods = 8

// untakenMethod is the offers to requests with one method.
type untakenMethod struct {
	verb  string
	asked int
	taken bool
	first trace.Offer
	last  int64
}

// method returns what is noted of a method, nil if nothing is.
func (t *untakenMethods) method(verb string) *untakenMethod {
	i := slices.IndexFunc(t.methods, func(m untakenMethod) bool { return m.verb == verb })
	if i < 0 {
		return nil
	}
	return &t.methods[i]
}

// onExchange notes an offer to a request with a body, and that the same method
// is let through on a connection that is logged on.
func (u untaken) onExchange(_ *trace.Index, x *trace.Exchange) []*trace.Finding {
	if len(x.Auth.Request.Credentials) > 0 {
		return nil
	}
	if x.Before != nil {
		if u.byPlace.Len() > 0 && !x.Failed() {
			u.take(x.Before.Place(), x.Auth.Target.Verb)
		}
		return nil
	}
	session, asked := x.Asked()
	if !asked || len(x.Auth.Response.Challenges) == 0 || !x.Auth.Request.Captured() || x.Auth.Gap || !hasBody(x) {
		return nil
	}
	place := x.Place(session)
	t := u.byPlace.Get(place)
	if t == nil {
		t = &untakenMethods{}
		u.byPlace.Set(place, t)
	}
	m := t.method(x.Auth.Target.Verb)
	if m == nil {
		if len(t.methods) == maxMethods {
			return nil
		}
		t.methods = append(t.methods, untakenMethod{verb: trace.Clip(x.Auth.Target.Verb, 32), first: trace.OfferOf(x)})
		m = &t.methods[len(t.methods)-1]
	}
	if !m.taken {
		m.asked++
		m.last = x.At
	}
	return nil
}

// hasBody reports whether the request of x came with a body. Where its length
// is not stated, the method tells.
func hasBody(x *trace.Exchange) bool {
	n := x.Auth.Request.Body.Length
	return n > 0 || n < 0 && slices.Contains([]string{"POST", "PUT", "PATCH"}, x.Auth.Target.Verb)
}

// take notes that a method gets through at a place.
func (u untaken) take(p trace.Place, verb string) {
	if t := u.byPlace.Get(p); t != nil {
		if m := t.method(verb); m != nil {
			m.taken = true
		}
	}
}

// onHandshake notes with which methods the client logs on. What follows on a
// connection that is logged on may be one of those without.
func (u untaken) onHandshake(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if u.byPlace.Len() == 0 {
		return nil
	}
	t := u.byPlace.Get(h.Place())
	if t == nil {
		return nil
	}
	verb, _, _ := strings.Cut(h.Target(), " ")
	if m := t.method(verb); m != nil {
		m.taken = true
	}
	if h.Outcome == report.Accepted && slices.ContainsFunc(t.methods, func(m untakenMethod) bool { return !m.taken }) {
		ix.Watch(h.Conn)
	}
	return nil
}

// onEnd reports the methods that are never logged on with.
func (u untaken) onEnd(ix *trace.Index) (out []*trace.Finding) {
	for place, t := range u.byPlace.All() {
		for i := range t.methods {
			m := &t.methods[i]
			if m.taken || m.asked < offersToSee || ix.Reviewing && ix.Now-m.last < offerTime || ix.NamedHop(place.Hop, "double-hop-no-credentials") || ix.TimesAt(place).Served == 0 {
				continue
			}
			out = append(out, methodFinding(ix, place.Hop, m))
		}
	}
	return out
}

func methodFinding(ix *trace.Index, hop *trace.Hop, m *untakenMethod) *trace.Finding {
	f := newOfferFinding(ix, hop, &m.first)
	f.Level(report.Low)
	f.Kind = m.verb
	f.Summary = fmt.Sprintf("%s logs on at %s with other methods and never with %s: %s offered %d times to a %s without credentials, and not taken", hop.Client.Addr(), offerer(hop, &m.first), m.verb, m.first.Schemes, m.asked, m.verb)
	f.Why = "The body went out with the first request and cannot be sent twice: it is a stream, as in a reverse proxy, or in a program that hands one to its library. So the client does not go on, and its user gets the 401 or an error."
	f.Fix = "Let the client keep the body so that it can be sent again, or log on before it sends one. .NET: buffered content (LoadIntoBufferAsync), Expect: 100-continue, PreAuthenticate for Basic and Kerberos; a proxy made with YARP: let users log on end to end, or buffer the body; " +
		"Java: no setFixedLengthStreamingMode or setChunkedStreamingMode (HttpRetryException), Apache HttpClient: a repeatable entity (NonRepeatableRequestException); WCF: transferMode Buffered; a small GET first on the same connection helps everywhere."
	f.Log = "IIS log: 401 2 5 for each " + m.verb + ", without a user name"
	f.Evidence[0].Text += ", to a " + m.verb + " with a body"
	f.Evidence = append([]report.Evidence{ix.ShowConn(m.first.Conn, m.first.Request, true, "%s without credentials", m.verb)}, f.Evidence...)
	return f
}
