package samples

import (
	"container/heap"
	"iter"
	"math/rand/v2"
	"net/netip"
	"time"

	"ntlmtrace/capture/capturetest"
)

// LoadOptions say how much load there is to be.
type LoadOptions struct {
	Seed     uint64
	Clients  int           // machines with one user each; at least 100
	Duration time.Duration // of the capture
	// TwoAddresses gives the front end another address towards the back ends,
	// which only the names in its logons join with the one that clients use.
	TwoAddresses bool
}

// A Load is traffic of many clients at once: a front end with three back ends,
// a load balancer, logons with NTLM, Kerberos and Basic, and here and there
// something that goes wrong.
type Load struct {
	Capture   []byte // a pcap file
	Incidents []Incident
}

// An Incident is one request of one user of which a rule must speak.
type Incident struct {
	Rule    string
	User    string // DOMAIN\user
	Client  netip.Addr
	Servers []netip.AddrPort // those that the request went to, in that order
	// Decided is true where the capture tells whose request it was: nobody else
	// waited for the front end at that time, or fields of the second request
	// name the first one. Elsewhere all who waited have to be named.
	Decided bool
	Frame   int // of the request
}

// NewLoad plays every kind of trouble with one client in a hundred, among
// the work of all others.
func NewLoad(o LoadOptions) Load {
	p := &play{
		stage: &stage{name: "load", capture: capturetest.New()},
		rand:  rand.New(rand.NewPCG(o.Seed, 1)),
	}
	w := newOffice(p, o)
	w.invite(o)
	p.run()
	return Load{Capture: p.capture.PCAP(capturetest.Nano), Incidents: w.incidents}
}

// A play is a story of many conversations at the same time.
type play struct {
	*stage
	rand  *rand.Rand
	turns turns
}

// An actor tells one conversation, and calls pause to let others speak.
type actor func(pause func(time.Duration))

// enter lets an actor begin after some time from now.
func (p *play) enter(after time.Duration, act actor) {
	next, _ := iter.Pull(func(yield func(time.Duration) bool) {
		act(func(d time.Duration) { yield(d) })
	})
	p.later(after, next)
}

func (p *play) later(d time.Duration, next func() (time.Duration, bool)) {
	p.turns.count++
	heap.Push(&p.turns, turn{p.capture.Now().Add(d), p.turns.count, next})
}

// run plays until everybody has gone.
func (p *play) run() {
	for p.turns.Len() > 0 {
		t := heap.Pop(&p.turns).(turn)
		if d := t.at.Sub(p.capture.Now()); d > 0 {
			p.capture.Wait(d)
		}
		if d, more := t.next(); more {
			p.later(d, t.next)
		}
	}
}

// between gives a time between two others.
func (p *play) between(from, to time.Duration) time.Duration {
	return from + time.Duration(p.rand.Int64N(int64(to-from)))
}

// chance is true in one of n cases.
func (p *play) chance(n int) bool { return p.rand.IntN(n) == 0 }

// turn is when an actor goes on.
type turn struct {
	at    time.Time
	count int // those of one time go in the order in which they came
	next  func() (time.Duration, bool)
}

// turns is a heap, the earliest first.
type turns struct {
	list  []turn
	count int
}

func (t *turns) Len() int      { return len(t.list) }
func (t *turns) Swap(i, j int) { t.list[i], t.list[j] = t.list[j], t.list[i] }
func (t *turns) Push(x any)    { t.list = append(t.list, x.(turn)) }

func (t *turns) Less(i, j int) bool {
	a, b := t.list[i], t.list[j]
	return a.at.Before(b.at) || a.at.Equal(b.at) && a.count < b.count
}

func (t *turns) Pop() any {
	last := len(t.list) - 1
	x := t.list[last]
	t.list = t.list[:last]
	return x
}
