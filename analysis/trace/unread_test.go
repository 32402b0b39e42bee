package trace

import (
	"net/netip"
	"testing"
)

func numberedAddr(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
}

func TestAskedUnseen(t *testing.T) {
	const second = int64(1e9)
	server, other := numberedAddr(1), numberedAddr(2)
	ix := &Index{fronts: newFrontEnds()}
	ix.NoteUnread(server, false, 10*second)
	if ix.fronts.askedUnseen(server, 9*second) {
		t.Error("it begins later")
	}
	ix.NoteUnread(server, false, 20*second)
	ix.NoteUnread(server, true, 30*second)
	if f := &ix.fronts; !f.askedUnseen(server, 10*second) || !f.askedUnseen(server, 60*second) || f.askedUnseen(other, 60*second) {
		t.Error("one of two connections is open from 10 s on, at one server")
	}
	ix.NoteUnread(server, true, 70*second)
	if f := &ix.fronts; !f.askedUnseen(server, 71*second) || f.askedUnseen(server, 73*second) {
		t.Error("the last connection was over at 70 s")
	}
	ix.NoteUnread(other, true, 80*second)
	if ix.fronts.askedUnseen(other, 80*second) {
		t.Error("a connection that did not begin is over")
	}
}

// TestUnreadIsBounded has more servers than are remembered. Those that are over
// are forgotten; where that is not enough, nothing can be said of the others.
func TestUnreadIsBounded(t *testing.T) {
	for name, open := range map[string]bool{"that are over": false, "that stay open": true} {
		ix := &Index{fronts: newFrontEnds()}
		for n := range 3 * maxUnread {
			at := int64(n) * 20e6
			ix.NoteUnread(numberedAddr(n), false, at)
			if !open {
				ix.NoteUnread(numberedAddr(n), true, at)
			}
		}
		if len(ix.fronts.unread) > maxUnread {
			t.Errorf("%s: %d are held", name, len(ix.fronts.unread))
		}
		if got := ix.fronts.askedUnseen(netip.MustParseAddr("10.200.0.1"), 1); got != open {
			t.Errorf("%s: another server may have been asked is %v", name, got)
		}
	}
}
