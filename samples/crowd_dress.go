package samples

import (
	"net/netip"
	"slices"
	"time"
)

// A dress is how the traffic of a crowd was captured.
type dress struct {
	link       uint32 // LINKTYPE_; Ethernet if 0
	copies     bool   // each packet is captured more than once
	proxied    bool   // people reach the servers through a forward proxy
	translates bool   // the servers see one address of the whole office
	see        func(*tailor, *wireFrame) []sight
}

// dresses lists them by name.
var dresses = map[string]dress{
	"plain":         {see: seesOnce},
	"bridge":        {link: linkSLL2, copies: true, see: seesBridged},
	"router":        {link: linkSLL2, copies: true, see: seesRouted},
	"nat":           {translates: true, see: seesOutside},
	"nat-both":      {translates: true, copies: true, see: seesBothSides},
	"forward-proxy": {proxied: true, see: seesOnce},
	"two-taps":      {copies: true, see: seesAtTwoTaps},
	"cloned":        {see: seesOnce},
	"vlan":          {see: seesTagged},
	"span":          {copies: true, see: seesMirrored},
}

const linkSLL2 = 276 // LINKTYPE_LINUX_SLL2

// Dresses names every dress, sorted.
func Dresses() []string {
	var out []string
	for name := range dresses {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// The office behind its router, and the address that the router gives it.
var (
	officeNet  = netip.MustParsePrefix("10.20.0.0/16")
	natAddress = netip.MustParseAddr("10.8.0.1")
)

// tailor keeps what a dress remembers.
type tailor struct {
	ports map[netip.AddrPort]uint16 // what a NAT gave to whom
}

// dressUp makes the captures from what was played.
func (c *Crowd) dressUp(from *crowd) {
	t := &tailor{ports: map[netip.AddrPort]uint16{}}
	var seen [][]seenFrame
	for _, f := range from.capture.Frames() {
		w := parseWire(f.Time, f.Data)
		w.conn = c.connection(w)
		for _, s := range from.dress.see(t, w) {
			for len(seen) <= s.tap {
				seen = append(seen, nil)
			}
			seen[s.tap] = append(seen[s.tap], seenFrame{w.at.Add(s.after), s.data, w})
		}
	}
	for _, list := range seen {
		c.Captures = append(c.Captures, writePCAP(max(from.dress.link, 1), list))
		c.Packets += len(list)
		origin := make([]*wireFrame, len(list))
		for i, s := range list {
			origin[i] = s.of
		}
		c.origin = append(c.origin, origin)
	}
	for tap, list := range c.origin {
		for i, w := range list {
			for _, s := range c.owners[w.conn] {
				if s.Frame == 0 {
					s.Tap, s.Frame = tap, i+1
				}
			}
		}
	}
}

// connection is the one of a frame, from whichever end.
func (c *Crowd) connection(w *wireFrame) wireConn {
	k := wireConn{w.src, w.dst}
	if _, ok := c.owners[k]; ok {
		return k
	}
	return wireConn{w.dst, w.src}
}

func seesOnce(_ *tailor, f *wireFrame) []sight { return []sight{{data: f.data}} }

// seesBridged: "any" on a host that is a bridge. A frame for somebody else
// arrives at one port and leaves through another, unchanged.
func seesBridged(_ *tailor, f *wireFrame) []sight {
	in, out := port(f.src), port(f.dst)
	return []sight{
		{data: cooked(f.data, in, cookedOtherHost)},
		{after: 4 * time.Microsecond, data: cooked(f.data, out, cookedOutgoing)},
	}
}

// seesRouted: "any" on a router. A packet arrives for the router's own link
// address, and leaves with a time to live that is one less.
func seesRouted(_ *tailor, f *wireFrame) []sight {
	return []sight{
		{data: cooked(f.data, port(f.src), cookedHost)},
		{after: 6 * time.Microsecond, data: cooked(f.routed(port(f.dst)), port(f.dst), cookedOutgoing)},
	}
}

// port is the interface behind which somebody is.
func port(a netip.AddrPort) byte {
	if officeNet.Contains(a.Addr()) {
		return 2
	}
	return 3 + a.Addr().As4()[3]%5
}

// seesOutside: a tap beyond the router that hides the office.
func seesOutside(t *tailor, f *wireFrame) []sight {
	if data, ok := t.outside(f); ok {
		return []sight{{data: data}}
	}
	return seesOnce(t, f)
}

// seesBothSides: a tap on either side of that router, in one file.
func seesBothSides(t *tailor, f *wireFrame) []sight {
	data, ok := t.outside(f)
	switch {
	case !ok:
		return seesOnce(t, f)
	case officeNet.Contains(f.src.Addr()):
		return []sight{{data: f.data}, {after: 5 * time.Microsecond, data: data}}
	}
	return []sight{{data: data}, {after: 5 * time.Microsecond, data: f.data}}
}

// outside is a frame of the office behind the router. What arrives there has
// not lost a hop yet when it comes from a server.
func (t *tailor) outside(f *wireFrame) ([]byte, bool) {
	src, dst, data := f.src, f.dst, f.data
	switch {
	case officeNet.Contains(src.Addr()):
		src, data = t.translate(src), f.routed(1)
	case officeNet.Contains(dst.Addr()):
		dst = t.translate(dst)
	default:
		return nil, false
	}
	return translated(data, src, dst), true
}

func (t *tailor) translate(a netip.AddrPort) netip.AddrPort {
	if t.ports[a] == 0 {
		t.ports[a] = uint16(20000 + len(t.ports))
	}
	return netip.AddrPortFrom(natAddress, t.ports[a])
}

// seesAtTwoTaps: one tap at the people's switch and one in the server room,
// which see the packets between them both.
func seesAtTwoTaps(_ *tailor, f *wireFrame) []sight {
	if !officeNet.Contains(f.src.Addr()) && !officeNet.Contains(f.dst.Addr()) {
		return []sight{{data: f.data, tap: 1}}
	}
	return []sight{{data: f.data}, {after: 30 * time.Microsecond, data: f.routed(9), tap: 1}}
}

func seesTagged(_ *tailor, f *wireFrame) []sight {
	return []sight{{data: tagged(f.data, 10)}}
}

// seesMirrored: a SPAN port copies the packets in front of and behind a router.
func seesMirrored(_ *tailor, f *wireFrame) []sight {
	return []sight{
		{data: tagged(f.data, 10)},
		{after: 3 * time.Microsecond, data: tagged(f.routed(7), 20)},
	}
}
