package trace

import (
	"maps"
	"net/netip"
	"strings"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/decode/auth"
)

// Asked is a request that a client sent to a machine that passes requests on.
type Asked struct {
	Conn   ConnKey
	Client netip.AddrPort
	Server netip.AddrPort
	Source uint32
	Frame  int64
	Agent  uint64 // keyed hash of User-Agent; 0 if there is none
	Text   string // method and path, cut

	index  int // of the exchange on its connection
	at     int64
	over   int64 // when it was answered, or ended otherwise; 0 until then
	method string
	tail   string // the end of the path
	taken  bool   // a request on another connection was made for it
}

// Bounds of what is kept of requests to machines that pass requests on.
const (
	maxFrontEnds = 1 << 10
	maxAsked     = 256 // requests to one of them
	maxTail      = 96  // bytes of a path
	maxBehind    = 1 << 12
	maxTickets   = 1 << 12
	maxUnread    = 1 << 14 // addresses with connections that are not read
)

// frontEnd is a machine that passes requests on, by one of its addresses.
type frontEnd struct {
	asked []*Asked // the latest, a ring once it is full
	next  int
	seen  bool
	// gap is when a message to it was found to be missing, or a request was
	// forgotten that may not have been passed on yet.
	gap int64
}

// frontEnds is what clients asked of the machines that pass requests on.
type frontEnds struct {
	byAddr  map[netip.Addr]*frontEnd
	behind  *recent.Map[ConnKey, *Behind]
	tickets *recent.Map[uint64, ticketSeen]
	proven  *recent.Map[proxyPair, bool]
	suspect *Behind // see TakeSuspect
	unread  map[netip.Addr]unread
	// unreadLost is true once there were too many addresses for unread: one that
	// is not in it may have such connections.
	unreadLost bool
	unreadTidy int64 // when unread was tidied
}

// unread is the connections to an address on which nobody can see what is
// asked: TLS, HTTP/2, what no carrier knows.
type unread struct {
	open  int   // that are not over
	since int64 // when the first of those began
	ended int64 // when the last one ended, 0 if none did
}

// afterglow is how long a front end may still ask for what it was asked on a
// connection that is over.
const afterglow = int64(2e9)

// ticketSeen is the connection that a Kerberos token came on first.
type ticketSeen struct {
	conn           ConnKey
	client, server netip.Addr
}

// proxyPair names a proxy and a server behind it.
type proxyPair struct {
	proxy, server netip.AddrPort
}

func newFrontEnds() frontEnds {
	return frontEnds{
		byAddr:  map[netip.Addr]*frontEnd{},
		behind:  recent.New[ConnKey, *Behind](maxBehind),
		tickets: recent.New[uint64, ticketSeen](maxTickets),
		proven:  recent.New[proxyPair, bool](maxBehind),
		unread:  map[netip.Addr]unread{},
	}
}

// WantsPlain reports whether the requests to an address matter of which nothing
// else does: see auth.PlainSink.
func (ix *Index) WantsPlain(server netip.Addr) bool {
	return len(ix.fronts.byAddr) > 0 && ix.fronts.byAddr[server] != nil
}

// NoteUnread notes a connection to a server of which nothing is read, and its
// end.
func (ix *Index) NoteUnread(server netip.Addr, over bool, at int64) {
	f := &ix.fronts
	u, known := f.unread[server]
	switch {
	case over && !known:
		return
	case over:
		u.open, u.ended = u.open-1, at
	case !known && len(f.unread) >= maxUnread && !f.tidyUnread(at):
		f.unreadLost = true
		return
	default:
		if u.open++; u.open == 1 {
			u.since = at
		}
	}
	f.unread[server] = u
}

// tidyUnread forgets addresses whose connections that are not read were over a
// minute ago, and reports whether there is a place now.
func (f *frontEnds) tidyUnread(now int64) bool {
	const minute = int64(60e9)
	if f.unreadTidy != 0 && now-f.unreadTidy < minute {
		return false
	}
	f.unreadTidy = now
	maps.DeleteFunc(f.unread, func(_ netip.Addr, u unread) bool { return u.open == 0 && now-u.ended > minute })
	return len(f.unread) < maxUnread
}

// askedUnseen reports whether a machine may have been asked at a time on a
// connection that is not read.
func (f *frontEnds) askedUnseen(server netip.Addr, at int64) bool {
	u, known := f.unread[server]
	return !known && f.unreadLost || u.open > 0 && u.since <= at+clockSlack || u.ended != 0 && u.ended >= at-afterglow
}

// want notes that a machine passes requests on, and returns what is known of
// what it is asked at a; nil if there are too many.
func (ix *Index) want(a netip.Addr) *frontEnd {
	e := ix.fronts.byAddr[a]
	if e == nil && len(ix.fronts.byAddr) < maxFrontEnds {
		e = &frontEnd{}
		ix.fronts.byAddr[a] = e
	}
	return e
}

// wantMachine does that for the machine of a client.
func (ix *Index) wantMachine(client netip.Addr) {
	for _, a := range ix.Machines.AsServer(client) {
		ix.want(a)
	}
}

// FrontSeen reports whether the capture shows what clients ask of the machine
// that is the client at addr.
func (ix *Index) FrontSeen(addr netip.Addr) bool {
	for _, a := range ix.Machines.AsServer(addr) {
		if e := ix.fronts.byAddr[a]; e != nil && e.seen {
			return true
		}
	}
	return false
}

// NoteAsked notes a request, if it goes to a machine that passes requests on.
func (ix *Index) NoteAsked(x *auth.Exchange) {
	c := x.Conn
	key := ConnKey{uint32(c.Source), c.ID}
	for i := range x.Request.Credentials {
		if t := x.Request.Credentials[i].Token; t != nil && t.Kerberos != nil && t.Digest != 0 && !ix.fronts.tickets.Has(t.Digest) {
			ix.fronts.tickets.Set(t.Digest, ticketSeen{key, c.Client.Addr(), c.Server.Addr()})
		}
	}
	e := ix.fronts.byAddr[c.Server.Addr()]
	if e == nil {
		return
	}
	e.seen = true
	at := x.Request.First.Time
	if x.Gap {
		e.gap = at
	}
	a := &Asked{
		Conn: key, Client: c.Client, Server: c.Server, Source: uint32(c.Source), Frame: x.Request.Stamp.Frame,
		Text: TargetText(x), index: x.Index, at: at, method: strings.Clone(x.Target.Verb), tail: tailOf(x.Mark(auth.Path)),
	}
	if agent := x.Mark(auth.Agent); agent != "" {
		a.Agent = agentKey(agent)
	}
	if len(e.asked) < maxAsked {
		e.asked = append(e.asked, a)
		return
	}
	if old := e.asked[e.next]; !old.taken && at-old.at < int64(WindowLength)/20 {
		e.gap = at
	}
	e.asked[e.next] = a
	e.next = (e.next + 1) % maxAsked
}

// NoteAskedOver notes the end of such a request.
func (ix *Index) NoteAskedOver(x *auth.Exchange, at int64) {
	e := ix.fronts.byAddr[x.Conn.Server.Addr()]
	if e == nil {
		return
	}
	if !x.Request.Captured() || x.Gap {
		e.gap = at
	}
	key := ConnKey{uint32(x.Conn.Source), x.Conn.ID}
	for _, a := range e.asked {
		if a.Conn == key && a.index == x.Index && a.over == 0 {
			a.over = at
		}
	}
}

// tailOf returns the end of a path as it is compared.
func tailOf(path string) string {
	return strings.ToLower(path[max(0, len(path)-maxTail):])
}

// endAlike reports whether two ends of paths are those of one resource: a proxy
// may put another prefix before a path, and leaves its last part as it is.
func endAlike(a, b string) bool {
	if strings.HasPrefix(b, "/") && strings.HasSuffix(a, b) || strings.HasPrefix(a, "/") && strings.HasSuffix(b, a) {
		return true
	}
	x, y := lastPart(a), lastPart(b)
	return x != "" && x == y
}

// lastPart returns what is behind the last slash of a path, but for one at its
// end.
func lastPart(path string) string {
	path = strings.TrimSuffix(path, "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}
