// Package capturetest makes packet captures in code that reads as the
// conversation they hold:
//
//	c := capturetest.New()
//	pc, web := capturetest.NewHost("10.9.0.10"), capturetest.NewHost("10.9.0.20")
//	c.Dial(pc, web.At(80)).
//		Client(capturetest.Request("GET", "/", "web01.corp.example")).
//		Server(capturetest.Response(200, 64)).
//		Wait(30 * time.Second).
//		Close()
//	os.WriteFile("web.pcap", c.PCAP(), 0o666)
//
// The same code makes the same bytes: there is no clock and no chance in it.
// Frames are in the order in which the code sends them, so connections are
// interleaved by interleaving the calls.
package capturetest

import (
	"net/netip"
	"slices"
	"time"
)

// Start is the capture time at which every capture begins.
var Start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// A Frame is one captured frame.
type Frame struct {
	Number    int // from 1, as Wireshark counts; 0 if it was not captured
	Time      time.Time
	Data      []byte
	Length    int // on the wire; above len(Data) if the capture cut the frame
	Direction Direction
}

// Direction is how a frame passed the machine that captured it.
type Direction uint8

// The directions. Their values are those of epb_flags in pcapng.
const (
	Unmarked Direction = iota
	Inbound
	Outbound
	Passing // for another machine: promiscuous mode. It has no value in epb_flags
)

// A Capture is the sequence of frames that was captured so far. Use [New].
type Capture struct {
	now     time.Time
	frames  []*Frame
	link    Link
	snaplen int
	vlan    uint16
	local   []netip.Addr
	passing bool    // what is not for local is for another machine
	sights  []Sight // of each packet; nil: one, marked by local
	swapped *wire   // the packet that waits for the next one to overtake it
	owing   []*Conn // connections with a delayed acknowledgement
	ids     map[netip.Addr]uint16
	ports   map[netip.Addr]uint16
}

// An Option changes what the whole capture looks like.
type Option func(*Capture)

// On sets the link layer; it is Ethernet without.
func On(l Link) Option { return func(c *Capture) { c.link = l } }

// Snaplen cuts every frame after n bytes.
func Snaplen(n int) Option { return func(c *Capture) { c.snaplen = n } }

// Tagged puts an 802.1Q tag on every Ethernet frame.
func Tagged(vlan uint16) Option { return func(c *Capture) { c.vlan = vlan } }

// At says that the capture was made on the machine with these addresses:
// what they send is marked [Outbound] and everything else [Inbound].
func At(hosts ...Host) Option {
	return func(c *Capture) {
		for _, h := range hosts {
			c.local = append(c.local, h.Addr)
		}
	}
}

// Promiscuous is for a capture [At] hosts: what is neither from them nor for
// them was captured too, and is marked [Passing].
func Promiscuous() Option { return func(c *Capture) { c.passing = true } }

// A Sight is how a machine that forwards sees a packet once.
type Sight struct {
	Direction Direction
	Interface uint16
}

// Seen says that each packet was captured at these interfaces, one after the
// other: on a bridge, a router, or a machine with virtual machines or
// containers.
func Seen(sights ...Sight) Option { return func(c *Capture) { c.sights = sights } }

// New begins a capture at [Start].
func New(options ...Option) *Capture {
	c := &Capture{now: Start, ids: map[netip.Addr]uint16{}, ports: map[netip.Addr]uint16{}}
	for _, o := range options {
		o(c)
	}
	return c
}

// Now is the capture time of the next frame.
func (c *Capture) Now() time.Time { return c.now }

// Frames returns the frames so far. They belong to the capture.
func (c *Capture) Frames() []*Frame { return c.frames }

// Wait lets d pass. Acknowledgements that were delayed are sent when their time
// comes.
func (c *Capture) Wait(d time.Duration) *Capture {
	end := c.now.Add(d)
	for len(c.owing) > 0 && !c.owing[0].deadline.After(end) {
		late := c.owing[0]
		if late.deadline.After(c.now) {
			c.now = late.deadline
		}
		late.acknowledge()
	}
	c.now = end
	return c
}

// owes notes that k must acknowledge by its deadline. Deadlines are a constant
// time ahead, so the list is in their order, and as time passes with every
// segment it is short.
func (c *Capture) owes(k *Conn) {
	if !slices.Contains(c.owing, k) {
		c.owing = append(c.owing, k)
	}
}

func (c *Capture) paid(k *Conn) {
	c.owing = slices.DeleteFunc(c.owing, func(o *Conn) bool { return o == k })
}

// wire is a packet on its way into the capture.
type wire struct {
	packet
	frame *Frame // gets the number
	also  []view
}

// capture records w as its views show it, now or, if the packet before it was
// to be overtaken, in front of that one.
func (c *Capture) capture(w wire) {
	held := c.swapped
	c.swapped = nil
	c.record(w)
	if held != nil {
		c.Wait(gap)
		c.record(*held)
	}
}

func (c *Capture) record(w wire) {
	c.add(w.frame, w.packet)
	for i := 1; i < len(c.sights); i++ {
		c.now = c.now.Add(copyDelay)
		c.addSight(&Frame{}, w.packet, c.sights[i])
	}
	for _, v := range w.also {
		c.now = c.now.Add(copyDelay)
		c.add(&Frame{}, v.see(w.packet))
	}
}

func (c *Capture) add(f *Frame, p packet) {
	sight := Sight{Interface: 2}
	switch {
	case c.sights != nil:
		sight = c.sights[0]
	case slices.Contains(c.local, p.src.Addr):
		sight.Direction = Outbound
	case c.passing && !slices.Contains(c.local, p.dst.Addr):
		sight.Direction = Passing
	case c.local != nil:
		sight.Direction = Inbound
	}
	c.addSight(f, p, sight)
}

func (c *Capture) addSight(f *Frame, p packet, sight Sight) {
	f.Time, f.Direction, p.through = c.now, sight.Direction, sight.Interface
	if p.vlan == 0 {
		p.vlan = c.vlan
	}
	f.Data = c.link.frame(p, f.Direction)
	f.Length = len(f.Data)
	if c.snaplen > 0 && f.Length > c.snaplen {
		f.Data = f.Data[:c.snaplen:c.snaplen]
	}
	c.frames = append(c.frames, f)
	f.Number = len(c.frames)
}

// nextID counts the IP identification of a sender up, as Windows does.
func (c *Capture) nextID(a netip.Addr) uint16 {
	if _, ok := c.ids[a]; !ok {
		c.ids[a] = uint16(mix("id" + a.String()))
	}
	c.ids[a]++
	return c.ids[a]
}

// nextPort returns the ephemeral ports of a client in turn.
func (c *Capture) nextPort(a netip.Addr) uint16 {
	const first, last = 49152, 65535 // RFC 6335 section 6
	if p, ok := c.ports[a]; !ok || p == last {
		c.ports[a] = first + uint16(mix(a.String())%8192)
	}
	c.ports[a]++
	return c.ports[a]
}
