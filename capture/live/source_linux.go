package live

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
)

// Source returns the packets of one or more interfaces in the order in which
// the kernel saw them. It is for one goroutine.
//
// All interfaces share one ring: with a ring each, the two directions of a
// connection that is tapped on two interfaces would come apart.
type Source struct {
	ring   *ring
	events *linkEvents
	table  *table
	stats  Stats
	reader reader
	frame  int64
	limit  int       // bytes of the largest packet
	gone   bool      // the last interface was removed
	goneBy time.Time // then, when its last block must have come
}

// Open begins to capture.
func Open(o Options) (*Source, error) {
	all, err := o.any()
	if err != nil {
		return nil, err
	}
	s := &Source{table: newTable(!all), limit: o.packet()}
	// It listens before it looks, so that no change is missed.
	if s.events, err = openLinkEvents(); err != nil {
		return nil, err
	}
	if err := s.open(&o, all); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// open finds the interfaces and starts the ring.
func (s *Source) open(o *Options, all bool) error {
	links, err := allLinks()
	if err != nil {
		return err
	}
	chosen := links
	if !all {
		if chosen, err = choose(links, o.Interfaces); err != nil {
			return err
		}
	}
	indexes := make([]int, len(chosen))
	for i, e := range chosen {
		indexes[i] = e.index
		s.table.add(e)
		if !e.up && !all {
			s.table.notes.add("%s: the link is down", e.name)
		}
	}
	return s.start(o, indexes, all)
}

// choose finds interfaces by their names. One that is named twice is one.
func choose(links []linkEvent, names []string) ([]linkEvent, error) {
	var chosen []linkEvent
	for _, name := range names {
		i := slices.IndexFunc(links, func(e linkEvent) bool { return e.name == name })
		if i < 0 {
			return nil, &NameError{name}
		}
		if !slices.ContainsFunc(chosen, func(e linkEvent) bool { return e.index == links[i].index }) {
			chosen = append(chosen, links[i])
		}
	}
	return chosen, nil
}

// start opens the ring for interfaces.
func (s *Source) start(o *Options, indexes []int, all bool) error {
	var (
		bound  int    // the only interface
		hatype uint16 // and its type
		keep   []int
		size   = o.ring()
	)
	switch {
	case all:
	case len(indexes) == 1:
		bound, hatype = indexes[0], s.table.types[0]
	default:
		keep, size = indexes, size*len(indexes)
	}
	r, err := openRing(size, newProgram(keep, hatype, o.Filter))
	if err != nil {
		return err
	}
	s.ring = r
	if !o.NoPromisc && !all {
		for i, index := range indexes {
			if err := r.promiscuous(index); err != nil {
				s.table.notes.add("%s: only what is addressed to this machine is seen: promiscuous mode: %v", s.table.list[i].Name, err)
			}
		}
	}
	return r.start(bound)
}

// Next returns the next packet in p, all of which it sets. It waits for it no
// longer than wait and then returns ErrTimeout; a *GoneError says that the last
// interface was removed. p.Data is valid until the next call.
func (s *Source) Next(p *capture.Packet, wait time.Duration) error {
	for {
		if s.reader.next(p) {
			s.frame++
			p.Frame = s.frame
			s.finish(p)
			return nil
		}
		if err := s.refill(wait); err != nil {
			return err
		}
	}
}

// finish sets what the interface of a packet says, and cuts it.
func (s *Source) finish(p *capture.Packet) {
	from := s.reader.from
	if from.Ifindex != s.reader.lastIndex || from.Hatype != s.reader.lastType {
		s.switchTo(int(from.Ifindex), from.Hatype)
	}
	p.Interface = s.reader.lastPlace
	p.Direction = direction(from)
	if len(p.Data) > s.limit {
		p.Data = p.Data[:s.limit:s.limit]
	}
}

// switchTo finds the place of the interface that packets come from now. One
// that is not known is new: the kernel has reported it, or will.
func (s *Source) switchTo(index int, hatype uint16) {
	place, ok := s.table.place(index, hatype)
	if !ok {
		s.listen()
		if place, ok = s.table.place(index, hatype); !ok {
			place = s.table.stray(index, hatype)
		}
	}
	r := &s.reader
	r.lastIndex, r.lastType, r.lastPlace = int32(index), hatype, place
}

// refill waits until there is a block to read. When it returns nil, the reader
// has one.
func (s *Source) refill(wait time.Duration) error {
	var deadline time.Time
	for {
		if b := s.ring.take(); b != nil {
			s.reader.begin(b)
			s.listen()
			return nil
		}
		now := time.Now()
		if deadline.IsZero() {
			deadline = now.Add(wait)
		}
		left, err := s.patience(now, deadline)
		if err != nil {
			return err
		}
		if err := s.poll(left); err != nil {
			return err
		}
	}
}

// patience returns how long to wait for a block, or why not to.
func (s *Source) patience(now, deadline time.Time) (time.Duration, error) {
	left := deadline.Sub(now)
	if s.gone {
		if left := s.goneBy.Sub(now); left <= 0 {
			return 0, &GoneError{s.table.gone}
		}
		left = min(left, s.goneBy.Sub(now))
	}
	if left <= 0 {
		return 0, ErrTimeout
	}
	return left, nil
}

// poll waits until the kernel hands over a block or tells of an interface.
func (s *Source) poll(wait time.Duration) error {
	fds := [...]unix.PollFd{
		{Fd: int32(s.ring.fd), Events: unix.POLLIN | unix.POLLERR},
		{Fd: int32(s.events.fd), Events: unix.POLLIN},
	}
	// Rounded up: a wait of 0.3 ms is not one of 0, which would never sleep.
	ms := min((wait+time.Millisecond-1)/time.Millisecond, 1<<30)
	if _, err := unix.Poll(fds[:], int(ms)); err != nil && err != unix.EINTR {
		return err
	}
	if fds[0].Revents&unix.POLLERR != 0 {
		if err := s.ring.pending(); err != nil {
			return err
		}
	}
	if fds[1].Revents != 0 {
		s.listen()
	}
	return nil
}

// listen takes in what the kernel tells of interfaces.
func (s *Source) listen() {
	events, lost := s.events.read()
	if lost {
		s.table.resync(events)
	} else {
		for _, e := range events {
			s.table.change(e)
		}
	}
	if s.table.closed && len(s.table.places) == 0 && !s.gone {
		s.gone = true
		s.goneBy = time.Now().Add(2 * retire * time.Millisecond)
	}
}

// Interfaces returns the interfaces in the order of capture.Packet.Interface,
// also those that were removed. With Any it grows as interfaces appear.
func (s *Source) Interfaces() []Interface {
	list := slices.Clone(s.table.list)
	for i := range list {
		list[i].Addrs = addrsOf(list[i].Index)
	}
	return list
}

// addrsOf asks for the addresses of an interface.
func addrsOf(index int) []netip.Prefix {
	if index == 0 {
		return nil
	}
	addrs, err := (&net.Interface{Index: index}).Addrs()
	if err != nil {
		return nil
	}
	return prefixes(addrs)
}

// Stats returns what the kernel has counted since Open.
func (s *Source) Stats() Stats {
	s.ring.count(&s.stats)
	return s.stats
}

// Notes returns what happened to the interfaces since the last call, in words.
func (s *Source) Notes() []string { return s.table.notes.take() }

// Close ends the capture. Nothing of the source may be used after it, the data
// of the last packet included.
func (s *Source) Close() error {
	s.events.close()
	if s.ring == nil {
		return nil
	}
	return s.ring.close()
}
