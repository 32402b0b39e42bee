package live

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"ntlmtrace/capture"
)

// TestFramesArriveOnce sends frames of all sizes, among them tagged ones, of
// which the kernel takes the outer tag away.
func TestFramesArriveOnce(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	s := source(t, Options{Interfaces: []string{"vb"}})
	var want [][]byte
	for i, size := range []int{60, 61, 95, 128, 590, 1499, 1500, 1514} {
		want = append(want, frame(i, size))
	}
	want = append(want,
		withTag(frame(20, 100), 0x8100, 0x2005),
		withTag(frame(21, 100), 0x88a8, 0x0fff),
		withTag(withTag(frame(22, 100), 0x8100, 7), 0x88a8, 0xe008),
		frame(23, 60),
	)
	begin := time.Now().UnixNano()
	newSender(t, "va").send(want...)
	last := begin
	for i, w := range want {
		p := next(t, s)
		if !bytes.Equal(p.Data, w) {
			t.Errorf("frame %d:\n got %x\nwant %x", i, p.Data, w)
		}
		if p.Length != len(w) || p.Link != capture.LinkEthernet || p.Frame != int64(i+1) || p.Interface != 0 || p.FCS != 0 {
			t.Errorf("frame %d: length %d, link type %v, frame %d, interface %d, FCS %d", i, p.Length, p.Link, p.Frame, p.Interface, p.FCS)
		}
		if p.Time < last || p.Time > time.Now().UnixNano() {
			t.Errorf("frame %d: time %d, after %d", i, p.Time, last)
		}
		last = p.Time
	}
	wantNoPacket(t, s)
	if got := s.Stats(); got != (Stats{Received: int64(len(want))}) {
		t.Errorf("stats %+v", got)
	}
	i := s.Interfaces()
	if len(i) != 1 || i[0].Name != "vb" || !i[0].Up || i[0].Loopback || i[0].Description != "veth" || i[0].Link != capture.LinkEthernet {
		t.Errorf("interfaces %+v", i)
	}
}

// TestDirection holds that what is sent, what is for this machine, and what is
// for others is recognised.
func TestDirection(t *testing.T) {
	namespace(t)
	ip(t, "link add va type veth peer name vb address 02:00:00:00:00:09")
	ip(t, "link set va up")
	ip(t, "link set vb up")
	settle(t, "va", "vb")
	s := source(t, Options{Interfaces: []string{"vb"}})
	other := frame(2, 60)
	other[5] = 77
	newSender(t, "va").send(frame(1, 60), other)
	newSender(t, "vb").send(frame(3, 60))
	for i, want := range []capture.Direction{capture.Inbound, capture.Passing, capture.Outbound} {
		if p := next(t, s); p.Direction != want {
			t.Errorf("frame %d has direction %d, not %d", i+1, p.Direction, want)
		}
	}
}

// TestCutPackets holds that a packet above the limit keeps its length.
func TestCutPackets(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	s := source(t, Options{Interfaces: []string{"vb"}, Packet: 100})
	f := withTag(frame(1, 800), 0x8100, 5)
	newSender(t, "va").send(f)
	if p := next(t, s); !bytes.Equal(p.Data, f[:100]) || p.Length != len(f) {
		t.Errorf("%d of %d bytes: %x", len(p.Data), p.Length, p.Data)
	}
}

func TestSeveralInterfaces(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	pair(t, "vc", "vd")
	pair(t, "wa", "wb")
	s := source(t, Options{Interfaces: []string{"vd", "vb", "vd"}})
	a, c := newSender(t, "va"), newSender(t, "vc")
	newSender(t, "wa").send(frame(99, 60))
	for i := range 20 {
		a.send(frame(2*i, 60))
		c.send(frame(2*i+1, 60))
	}
	for i := range 40 {
		p := next(t, s)
		if !bytes.Equal(p.Data, frame(i, 60)) || p.Interface != 1-i%2 {
			t.Fatalf("packet %d is from interface %d: %x", i, p.Interface, p.Data)
		}
	}
	wantNoPacket(t, s)
	if list := s.Interfaces(); len(list) != 2 || list[0].Name != "vd" || list[1].Name != "vb" {
		t.Errorf("interfaces %+v", list)
	}

	ip(t, "link del va")
	noted(t, s, "vb: the interface was removed")
	c.send(frame(1, 60))
	next(t, s)
	ip(t, "link del vc")
	var p capture.Packet
	var gone *GoneError
	if err := s.Next(&p, patient); !errors.As(err, &gone) || gone.Name != "vd" {
		t.Errorf("all are gone: %v", err)
	}
}

// TestAny holds that every interface is captured, also one that is made later.
func TestAny(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	s := source(t, Options{Interfaces: []string{"any"}})
	names := func(p capture.Packet) string { return s.Interfaces()[p.Interface].Name }
	newSender(t, "va").send(frame(1, 60))
	for _, want := range []string{"va", "vb"} {
		if p := next(t, s); names(p) != want || !bytes.Equal(p.Data, frame(1, 60)) {
			t.Errorf("packet of %s, not %s: %x", names(p), want, p.Data)
		}
	}
	pair(t, "new", "newer")
	newSender(t, "newer").send(frame(2, 60))
	for _, want := range []string{"newer", "new"} {
		if p := next(t, s); names(p) != want || p.Link != capture.LinkEthernet {
			t.Errorf("packet of %s, not %s", names(p), want)
		}
	}
	noted(t, s, "new: a new interface")
	ip(t, "link del new")
	noted(t, s, "new: the interface was removed")
	ip(t, "link del va")
	wantNoPacket(t, s)
}

func TestLinkDownAndUp(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	s := source(t, Options{Interfaces: []string{"vb"}})
	newSender(t, "va").send(frame(1, 60))
	next(t, s)
	ip(t, "link set vb down")
	noted(t, s, "vb: the link is down")
	wantNoPacket(t, s)
	ip(t, "link set vb up")
	noted(t, s, "vb: the link is up")
	settle(t, "va", "vb")
	newSender(t, "va").send(frame(2, 60))
	if p := next(t, s); !bytes.Equal(p.Data, frame(2, 60)) {
		t.Errorf("%x", p.Data)
	}
	ip(t, "link set vb name vc")
	noted(t, s, "vb: the interface is now called vc")
}

// TestBridge holds that an interface that leaves a bridge is not gone, of which
// the kernel tells in nearly the same words.
func TestBridge(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	ip(t, "link add name br0 type bridge")
	s := source(t, Options{Interfaces: []string{"vb"}})
	ip(t, "link set vb master br0")
	ip(t, "link set vb nomaster")
	wantNoPacket(t, s)
	newSender(t, "va").send(frame(1, 60))
	if p := next(t, s); !bytes.Equal(p.Data, frame(1, 60)) {
		t.Errorf("%x", p.Data)
	}
	if n := s.Notes(); len(n) != 0 {
		t.Errorf("notes %q", n)
	}
}

// TestRemoved holds that what came before an interface was removed is given
// before the error.
func TestRemoved(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	s := source(t, Options{Interfaces: []string{"vb"}})
	newSender(t, "va").send(frame(1, 60), frame(2, 60))
	ip(t, "link del va")
	next(t, s)
	next(t, s)
	var p capture.Packet
	var gone *GoneError
	for range 2 {
		if err := s.Next(&p, patient); !errors.As(err, &gone) || gone.Name != "vb" {
			t.Errorf("got %v", err)
		}
	}
}

// TestWait holds that a silent link does not hold the caller up, nor one that
// is down, whose socket has an error.
func TestWait(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	s := source(t, Options{Interfaces: []string{"vb"}})
	var p capture.Packet
	for _, wait := range []time.Duration{-1, 0, time.Microsecond, 30 * time.Millisecond, 300 * time.Millisecond} {
		begin := time.Now()
		if err := s.Next(&p, wait); err != ErrTimeout {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < wait || took > wait+5*time.Second {
			t.Errorf("waited %v, not %v", took, wait)
		}
	}
	ip(t, "link set vb down")
	for range 3 {
		if err := s.Next(&p, 20*time.Millisecond); err != ErrTimeout {
			t.Fatal(err)
		}
	}
}

// TestDrops fills a small ring before anything is read.
func TestDrops(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	s := source(t, Options{Interfaces: []string{"vb"}, Ring: 1})
	const sent = 2000
	a := newSender(t, "va")
	for i := range sent {
		a.send(frame(i, 1514))
	}
	got := s.Stats()
	if got.Received != sent || got.Dropped == 0 || got.Frozen == 0 {
		t.Errorf("stats %+v", got)
	}
	for i := range int(sent - got.Dropped) {
		if p := next(t, s); !bytes.Equal(p.Data, frame(i, 1514)) {
			t.Fatalf("packet %d: %x", i, p.Data[:32])
		}
	}
	wantNoPacket(t, s)
	if again := s.Stats(); again != got {
		t.Errorf("stats %+v, then %+v", got, again)
	}
	a.send(frame(1, 60))
	next(t, s)
	if again := s.Stats(); again.Received != sent+1 || again.Dropped != got.Dropped {
		t.Errorf("stats %+v after one more", again)
	}
}
