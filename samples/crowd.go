package samples

import (
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
)

// CrowdOptions say which crowd there is to be. The same ones make the same
// bytes.
type CrowdOptions struct {
	Seed  uint64
	Dress string // one of Dresses: how the traffic was captured
}

// A Crowd is some hours of an office in which most people have no trouble,
// with incidents planted among them:
//
//	people --stories--> frames on the wire --dress--> one capture for each tap
//
// A load ([NewLoad]) asks whether the right user is found among many of one
// kind; a crowd asks whether healthy traffic of many kinds is left in peace.
type Crowd struct {
	CrowdOptions
	Captures [][]byte // pcap files, one for each tap, of one stretch of time
	Stories  []*CrowdStory
	Packets  int            // in all captures
	origin   [][]*wireFrame // of each frame of each capture
	owners   map[wireConn][]*CrowdStory
}

// A CrowdStory is what one actor of a crowd does.
type CrowdStory struct {
	Kind     string   // "relay-other-requests"
	Incident bool     // it must be found
	Rules    []string // each of which is right about the incident
	Severity string   // that the finding must have; empty for any above info
	// Allowed are rules that may speak above info of this story: facts that are
	// true of it, and other words for what is wrong.
	Allowed []string
	// User is DOMAIN\user, or what Basic sent; empty where a finding may name
	// none.
	User string
	// Decided is false where the capture cannot tell whose request it was among
	// several that the front end worked on.
	Decided bool
	// Tap and Frame are where it begins: the first capture that shows it, and
	// the first frame there; 0 if none does.
	Tap, Frame int
}

// NewCrowd plays a crowd: every incident once, in an order of the seed's, among
// healthy people of every kind.
func NewCrowd(o CrowdOptions) Crowd {
	c := newCrowd(o)
	c.enter(time.Second, c.monitors)
	for _, act := range crowdIncidents {
		c.cast(act).Incident = true
	}
	for _, act := range c.healthyActs() {
		c.cast(act).User = ""
	}
	c.run()
	out := Crowd{CrowdOptions: o, Stories: c.stories, owners: c.owners}
	out.dressUp(c)
	return out
}

// CrowdIncidents names every kind of incident, sorted.
func CrowdIncidents() []string {
	var out []string
	for _, a := range crowdIncidents {
		out = append(out, a.kind)
	}
	slices.Sort(out)
	return out
}

// Owners gives the stories that a frame of one of the captures belongs to. A
// pooled connection belongs to several.
func (c *Crowd) Owners(tap int, frame int64) []*CrowdStory {
	if tap >= len(c.origin) || frame < 1 || frame > int64(len(c.origin[tap])) {
		return nil
	}
	return c.owners[c.origin[tap][frame-1].conn]
}

// crowdSpan is how long a crowd lasts; incidents that take minutes begin in
// its first part.
const crowdSpan = 2 * time.Hour

// crowdAct is what somebody may do in a crowd.
type crowdAct struct {
	kind     string
	tell     func(*part)
	rules    []string
	allowed  []string
	severity string
}

// crowd is a crowd under construction.
type crowd struct {
	*play
	CrowdOptions
	dress   dress
	users   ntlmtest.Directory
	servers servers
	idle    map[string][]*session // pooled connections by who keeps them for what
	working map[*part]bool        // whose requests the portal works on: true if it had no other meanwhile
	stories []*CrowdStory
	owners  map[wireConn][]*CrowdStory
	taken   int // accounts and addresses given out
	serials int // tickets and cookies given out
}

func newCrowd(o CrowdOptions) *crowd {
	p := &play{
		stage: &stage{name: "crowd", capture: capturetest.New()},
		rand:  rand.New(rand.NewPCG(o.Seed, 2)),
	}
	c := &crowd{
		play: p, CrowdOptions: o, dress: dresses[o.Dress], users: maps.Clone(passwords),
		idle: map[string][]*session{}, working: map[*part]bool{}, owners: map[wireConn][]*CrowdStory{},
	}
	c.users["exch1$"] = "machine secret of EXCH1"
	c.users["svc-arr"] = "Arr-2026"
	c.servers = newServers(c)
	return c
}

// healthyActs is every healthy kind once and then some again, fewer where each
// packet is captured several times.
func (c *crowd) healthyActs() []crowdAct {
	acts := slices.Clone(crowdHealthy)
	n := 130
	if c.dress.copies {
		n = 50
	}
	for range n {
		acts = append(acts, crowdHealthy[c.rand.IntN(len(crowdHealthy))])
	}
	return acts
}

// cast gives an act to somebody new, at a time of their own.
func (c *crowd) cast(a crowdAct) *CrowdStory {
	s := &CrowdStory{
		Kind: a.kind, Rules: a.rules, Severity: a.severity, Decided: true,
		Allowed: append(slices.Clone(a.rules), a.allowed...),
	}
	c.stories = append(c.stories, s)
	p := &part{crowd: c, story: s, at: c.newAddress(), user: c.newUser()}
	s.User = p.account()
	c.enter(c.between(2*time.Minute, crowdSpan-15*time.Minute), func(pause func(time.Duration)) {
		p.pause = pause
		a.tell(p)
	})
	return s
}

// newAddress is that of a machine in the office.
func (c *crowd) newAddress() capturetest.Host {
	c.taken++
	return capturetest.NewHost(netip.AddrFrom4([4]byte{10, 20, byte(c.taken / 250), byte(1 + c.taken%250)}).String())
}

// newUser is a person with an account in the domain, at a machine of their own.
func (c *crowd) newUser() ntlmtest.Client {
	c.taken++
	name := names[c.taken%len(names)] + string(rune('a'+c.taken/len(names)%26)) + string(rune('a'+c.taken%26))
	for c.users[name] != "" {
		name += "x"
	}
	c.users[name] = "secret of " + name
	u := ntlmtest.Client{User: name, Domain: "CORP", Password: c.users[name], Workstation: "PC-" + strings.ToUpper(name)}
	if c.Dress == "cloned" {
		u.Workstation = clonedName
	}
	return u
}

// names are what people are called; two letters make an account of each.
var names = []string{"anna", "ben", "clara", "david", "eva", "felix", "greta", "hugo", "ida", "jan", "karin", "lars", "mia", "nils", "olga", "paul", "rosa", "sven", "tina", "uwe"}

// clonedName is what all machines are called that were copied from one image.
const clonedName = "GOLDIMAGE"
