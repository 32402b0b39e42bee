package decode_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/decodetest"
)

// unreadSink counts the connections to each address that are not read.
type unreadSink struct {
	decodetest.NoSink
	open map[netip.Addr]int
	got  []string // the calls, "+1 at frame 7" for one that begins
}

func (s *unreadSink) WantsPlain(netip.Addr) bool { return false }

func (s *unreadSink) Plain(*auth.Exchange) {}

func (s *unreadSink) Unread(server netip.Addr, over bool, at capture.Stamp) {
	n := 1
	if over {
		n = -1
	}
	s.open[server] += n
	s.got = append(s.got, fmt.Sprintf("%+d at frame %d", n, at.Frame))
}

// TestUnread looks at which connections a sink is told that nothing is read of,
// and at their ends. Neither end of the connections is known to have opened
// them, so that both are told of.
func TestUnread(t *testing.T) {
	const hello, rest = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "\x17\x03\x03\x00\x01\x00"
	for _, test := range []struct {
		name string
		play func(*decodetest.Talk)
		want []string
	}{
		{"HTTP", func(k *decodetest.Talk) { k.Client(decodetest.PlainGet).Server(decodetest.PlainOK) }, nil},
		{"TLS", func(k *decodetest.Talk) { k.Client(hello).Server(rest) }, []string{"+1 at frame 1", "+1 at frame 1", "-1 at frame 3", "-1 at frame 3"}},
		{"HTTP/2", func(k *decodetest.Talk) { k.Client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") }, []string{"+1 at frame 1", "+1 at frame 1", "-1 at frame 2", "-1 at frame 2"}},
		{"no carrier's", func(k *decodetest.Talk) { k.Server("SSH-2.0-x\r\n").Client("SSH-2.0-y\r\n") }, []string{"+1 at frame 1", "+1 at frame 1", "-1 at frame 3", "-1 at frame 3"}},
		{"TLS in a tunnel", func(k *decodetest.Talk) { k.Client(connect).Server(established).Client(hello).Server(rest) }, []string{"+1 at frame 3", "+1 at frame 3", "-1 at frame 5", "-1 at frame 5"}},
		{"TLS in the tunnel of a logon", func(k *decodetest.Talk) { k.Client(proxyLogon).Server(established).Client(hello).Server(rest) }, []string{"+1 at frame 3", "+1 at frame 3", "-1 at frame 5", "-1 at frame 5"}},
		{"HTTP after the middle of something", func(k *decodetest.Talk) {
			k.Midstream().Client("the end of a body").Client(decodetest.PlainGet).Server(decodetest.PlainOK)
		}, []string{"+1 at frame 1", "+1 at frame 1", "-1 at frame 2", "-1 at frame 2"}},
		{"the middle of something", func(k *decodetest.Talk) { k.Midstream().Client("the end of a body") }, []string{"+1 at frame 1", "+1 at frame 1", "-1 at frame 2", "-1 at frame 2"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &unreadSink{open: map[netip.Addr]int{}}
			k := &decodetest.Talk{D: decode.NewDecoder(0, s, decode.Limits{})}
			test.play(k)
			if k.Ignored() {
				k.D.IgnoredClosed(&k.C, capture.Stamp{Frame: k.Frame() + 1})
			} else {
				k.Close(capture.Finished)
			}
			if !slices.Equal(s.got, test.want) {
				t.Errorf("%q, want %q", s.got, test.want)
			}
			for a, n := range s.open {
				if n != 0 {
					t.Errorf("%d stay open at %v", n, a)
				}
			}
		})
	}
}
