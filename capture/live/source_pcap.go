//go:build darwin || (windows && (amd64 || 386))

package live

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"ntlmtrace/capture"
)

// Source returns the packets of one or more interfaces. It is for one
// goroutine. Each interface has a buffer of its own: packets of two interfaces
// may be out of order by as long as their buffers are kept.
type Source struct {
	list    []Interface
	handles []*handle // of each interface, nil for one that ended
	open    int       // handles that are not nil
	at      int       // whose packets are read
	turn    int       // packets of it that were read since its turn began
	frame   int64
	limit   int
	stats   Stats // of the handles that ended
	notes   notes
	gone    string // name of the interface that ended last
	err     error  // and why, nil if it was removed
}

// Open begins to capture.
func Open(o Options) (*Source, error) {
	all, err := o.any()
	if err != nil {
		return nil, err
	}
	if err := load(); err != nil {
		return nil, err
	}
	list, err := Interfaces()
	if err != nil {
		return nil, err
	}
	if all {
		list = slices.DeleteFunc(list, func(i Interface) bool { return !i.Up })
	} else if list, err = choose(list, o.Interfaces); err != nil {
		return nil, err
	}
	s := &Source{limit: o.packet(), err: errors.New("no interface is up")}
	for _, i := range list {
		if err := s.add(&o, i, len(list), all); err != nil {
			s.Close()
			return nil, err
		}
	}
	if s.open == 0 {
		return nil, s.err
	}
	return s, nil
}

// choose finds interfaces by their names or descriptions. One that is named
// twice is one.
func choose(list []Interface, names []string) ([]Interface, error) {
	var chosen []Interface
	for _, name := range names {
		i := slices.IndexFunc(list, func(i Interface) bool { return isCalled(&i, name) })
		if i < 0 {
			return nil, &NameError{name}
		}
		if !slices.ContainsFunc(chosen, func(c Interface) bool { return c.Name == list[i].Name }) {
			chosen = append(chosen, list[i])
		}
	}
	return chosen, nil
}

// add opens an interface, one of count. Of all interfaces those that cannot be
// captured are passed over, of those that were named none.
func (s *Source) add(o *Options, i Interface, count int, all bool) error {
	h, warning, err := openHandle(o, i.Name, count)
	if err != nil {
		if all {
			s.err = err
			s.notes.add("%s: not captured: %v", i.Name, err)
			return nil
		}
		return err
	}
	if warning != "" {
		s.notes.add("%s: %s", i.Name, warning)
	}
	i.Link = h.link()
	s.list = append(s.list, i)
	s.handles = append(s.handles, h)
	s.open++
	return nil
}

// Next returns the next packet in p, all of which it sets. It waits for it no
// longer than wait and then returns ErrTimeout; a *GoneError says that the last
// interface was removed. p.Data is valid until the next call.
func (s *Source) Next(p *capture.Packet, wait time.Duration) error {
	var deadline time.Time
	for {
		if s.look(p) {
			return nil
		}
		if s.open == 0 {
			if s.err != nil {
				return s.err
			}
			return &GoneError{s.gone}
		}
		now := time.Now()
		if deadline.IsZero() {
			deadline = now.Add(wait)
		}
		left := deadline.Sub(now)
		if left <= 0 {
			return ErrTimeout
		}
		if err := await(s.handles, left); err != nil {
			return err
		}
	}
}

// look asks each interface once for a packet, and reports whether one had some.
func (s *Source) look(p *capture.Packet) bool {
	for range s.handles {
		if s.turn < longestTurn && s.ask(p) {
			s.turn++
			return true
		}
		s.turn = 0
		s.at = (s.at + 1) % len(s.handles)
	}
	return len(s.handles) == 1 && s.ask(p)
}

// ask reads a packet of the interface whose turn it is.
func (s *Source) ask(p *capture.Packet) bool {
	h := s.handles[s.at]
	if h == nil {
		return false
	}
	ok, err := h.next(p)
	if err != nil {
		s.end(err)
		return false
	}
	if !ok {
		return false
	}
	s.frame++
	p.Frame = s.frame
	p.Link = s.list[s.at].Link
	p.Interface = s.at
	p.FCS = 0
	p.Direction = capture.Unmarked
	if len(p.Data) > s.limit {
		p.Data = p.Data[:s.limit:s.limit]
	}
	return true
}

// end closes the interface whose turn it is, which gave an error.
func (s *Source) end(err error) {
	h, name := s.handles[s.at], s.list[s.at].Name
	s.stats.add(h.stats())
	h.close()
	s.handles[s.at] = nil
	s.open--
	s.list[s.at].Up = false
	s.gone, s.err = name, nil
	if exists(name) {
		s.err = fmt.Errorf("%s: %w", name, err)
		s.notes.add("%s: it is no longer captured: %v", name, err)
	} else {
		s.notes.add("%s: the interface was removed", name)
	}
}

// exists reports whether an interface is still there.
func exists(name string) bool {
	list, err := Interfaces()
	return err != nil || slices.ContainsFunc(list, func(i Interface) bool { return i.Name == name })
}

// Interfaces returns the interfaces in the order of capture.Packet.Interface,
// also those that were removed.
func (s *Source) Interfaces() []Interface { return slices.Clone(s.list) }

// Stats returns what was counted since Open.
func (s *Source) Stats() Stats {
	total := s.stats
	for _, h := range s.handles {
		if h != nil {
			total.add(h.stats())
		}
	}
	return total
}

func (s *Stats) add(o Stats) {
	s.Received += o.Received
	s.Dropped += o.Dropped
	s.Frozen += o.Frozen
}

// Notes returns what happened to the interfaces since the last call, in words.
func (s *Source) Notes() []string { return s.notes.take() }

// Close ends the capture. Nothing of the source may be used after it, the data
// of the last packet included.
func (s *Source) Close() error {
	for i, h := range s.handles {
		if h != nil {
			h.close()
			s.handles[i] = nil
		}
	}
	return nil
}

// counter makes a count of 64 bits of one that has 32 and begins again at 0.
type counter struct {
	total int64
	last  uint32
}

func (c *counter) set(v uint32) int64 {
	c.total += int64(v - c.last)
	c.last = v
	return c.total
}
