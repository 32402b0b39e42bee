package tui

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/rules"
	"ntlmtrace/cmd/ntlmtrace/internal/safe"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// checkShape holds that a screen is as high as the terminal and no line wider.
func checkShape(t testing.TB, s *screen) {
	t.Helper()
	view := s.view()
	if n := strings.Count(view, "\n") + 1; n != s.height {
		t.Fatalf("%d lines on %dx%d:\n%s", n, s.width, s.height, view)
	}
	for l := range strings.SplitSeq(view, "\n") {
		text := unstyled(l)
		if n := max(runewidth.StringWidth(text), columns(text)); n > s.width {
			t.Fatalf("a line of %d on %dx%d: %q", n, s.width, s.height, l)
		}
		if text != safe.Text(text) {
			t.Fatalf("a line with controls: %q", l)
		}
		if !s.look.Fancy && text != l {
			t.Fatalf("a line with styles: %q", l)
		}
	}
}

// hostileTexts are what somebody on the wire may call himself.
var hostileTexts = []string{
	"alice", `CORP\bob`, "", "山田太郎山田太郎", "\x1b[2J\x1b]0;x\x07", "a\u202eb", "e\u0301e\u0301", "👩‍👩‍👧‍👦🇩🇪👍🏽", "\xff\xfe",
	"a\nb\tc", "m multiple   blanks ", strings.Repeat("W", 300), strings.Repeat("字 ", 200), strings.Repeat("\x00", 50), "\"%s%d\\",
}

// randomFinding makes up a finding.
func randomFinding(r *rand.Rand) *report.Finding {
	text := func() string { return hostileTexts[r.IntN(len(hostileTexts))] }
	f := &report.Finding{
		ID: r.Int64N(40) + 1, Revision: r.IntN(9), Withdrawn: r.IntN(6) == 0,
		Rule: rules.Texts()[r.IntN(len(rules.Texts()))], Severity: report.Severity(r.IntN(4)), Confidence: report.Confidence(r.IntN(3)),
		Summary: text() + " from " + text(), User: text(), Count: r.IntN(1 << r.IntN(30)),
		Why: text(), Fix: text(), Filter: text(), Log: text(), NotIf: text(), Caveats: []string{text()}, Others: []string{text(), text()},
	}
	for range r.IntN(4) {
		f.Evidence = append(f.Evidence, report.Evidence{Source: r.IntN(3), Frame: r.Int64N(1 << 40), Text: text()})
	}
	return f
}

// randomHealth makes up the state of a capture.
func randomHealth(r *rand.Rand, at time.Time) *watch.Health {
	number := func() int64 { return r.Int64N(1 << (1 + r.IntN(60))) }
	text := func() string { return hostileTexts[r.IntN(len(hostileTexts))] }
	h := &watch.Health{
		At: at, Since: at.Add(-time.Duration(number())), Interfaces: []string{text(), text()}, Packets: number(), Bytes: number(),
		Kernel: number(), Own: number(), PacketRate: float64(number()), ByteRate: float64(number()), Memory: number(),
		Summary:  report.Summary{Connections: number(), Handshakes: number(), Accepted: number(), Denied: number()},
		Counters: report.Counters{{Key: "tls_connections", Brief: "TLS", Value: number()}, {Key: "not_decoded", Detail: text(), Brief: "packets not decoded", Value: number()}},
	}
	for range r.IntN(30) {
		h.Hops = append(h.Hops, randomHop(r))
	}
	return h
}

func randomHop(r *rand.Rand) report.Hop {
	addr := netip.AddrFrom4([4]byte{10, 9, 0, byte(r.IntN(256))})
	if r.IntN(2) == 0 {
		addr = netip.MustParseAddr(fmt.Sprintf("2001:db8:1234:5678:9abc:def0:1234:%x", r.IntN(1<<16)))
	}
	h := report.Hop{
		Client: addr, Server: netip.AddrPortFrom(addr.Next(), uint16(r.IntN(1<<16))),
		Handshakes: r.IntN(1 << r.IntN(30)), Accepted: r.IntN(1 << r.IntN(30)), Denied: r.IntN(5), MoreUsers: r.IntN(3),
		HasFinding: r.IntN(2) == 0, Worst: report.Severity(r.IntN(4)),
	}
	for range r.IntN(50) {
		h.Users = append(h.Users, hostileTexts[r.IntN(len(hostileTexts))])
		h.Findings = append(h.Findings, r.Int64N(40))
	}
	h.Schemes = []string{"NTLM", hostileTexts[r.IntN(len(hostileTexts))]}
	return h
}

var fuzzKeys = []string{
	"up", "down", "pgup", "pgdown", "home", "end", "tab", "shift+tab", "enter", "esc", "s", "/", "p", "space", "n", "?", "a", "l",
	"backspace", "ctrl+u", "left", "j", "k", "g", "G", "f13", "",
}

// drive lets a screen go through random events, checking it after each of them.
func drive(t testing.TB, seed uint64, steps int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	o := &captures{[]string{"a.pcap", "字.pcap"}}
	now := asked
	s := &screen{board: newBoard(), look: term.Look{Fancy: seed%2 == 0}}
	s.board.now = func() time.Time { return now }
	for range steps {
		now = now.Add(time.Duration(r.Int64N(int64(4 * time.Second))))
		switch r.IntN(8) {
		case 0:
			s.board.finding(randomFinding(r), o)
		case 1:
			s.board.report(randomHealth(r, now))
		case 2:
			s.board.note(hostileTexts[r.IntN(len(hostileTexts))])
		case 3:
			s.resize(r.IntN(1<<r.IntN(9)), r.IntN(1<<r.IntN(7)))
		case 4:
			s.paste(hostileTexts[r.IntN(len(hostileTexts))])
		case 5:
			s.tick(now)
		default:
			k := fuzzKeys[r.IntN(len(fuzzKeys))]
			s.press(k, k)
		}
		if s.width > 0 { // a terminal has told its size
			checkShape(t, s)
		}
	}
}

// TestScreenOfAnything drives screens through random events, on terminals that
// draw some characters twice as wide as well.
func TestScreenOfAnything(t *testing.T) {
	narrowLines(t)
	runs := 60
	if testing.Short() {
		runs = 10
	}
	for seed := range uint64(runs) {
		runewidth.DefaultCondition.EastAsianWidth = seed%3 == 0
		drive(t, seed, 300)
	}
}

func FuzzScreen(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { drive(t, seed, 100) })
}

// FuzzWrapStyled holds that breaking a text loses none of it.
func FuzzWrapStyled(f *testing.F) {
	for _, s := range hostileTexts {
		f.Add(s, 20, 18)
	}
	f.Fuzz(func(t *testing.T, s string, width, hang int) {
		s = safe.Text(s)
		width, hang = leastPage+max(width, 0)%200, max(hang, 0)%50
		lines := wrapStyled(s, width, hang)
		for _, l := range lines {
			if columns(l) > width {
				t.Fatalf("%q is wider than %d", l, width)
			}
		}
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got := bare(strings.Join(lines, "")); got != bare(s) {
			t.Fatalf("got %q, want %q", got, bare(s))
		}
	})
}
