package analysis

import (
	"net/netip"
	"strings"
	"testing"
)

func TestTextsStay(t *testing.T) {
	var texts texts
	var got, want []string
	for i := range 2000 {
		s := strings.Repeat(string(rune('a'+i%26)), i%700)
		got, want = append(got, texts.keep(s), texts.keepBytes([]byte(s)), texts.format("%s-%d", s, i)), append(want, s, s, s+"-"+itoa(i))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("text %d is now %.50q, not %.50q", i, got[i], want[i])
		}
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func TestFormat(t *testing.T) {
	var texts texts
	for _, c := range []struct {
		format string
		args   []any
		want   string
	}{
		{"nothing", nil, "nothing"},
		{"", nil, ""},
		{"%s", []any{"100%"}, "100%"},
		{"%s from %s", []any{"alice", netip.MustParseAddr("2001:db8::1")}, "alice from 2001:db8::1"},
		{"%s and %s", []any{"alice"}, "alice and %!"},
		{"%s%", []any{"alice", "bob"}, "alice%!"},
		{"%s", []any{[]int{1}}, "%!"},
		{"to %s, frame %d of %d.", []any{netip.MustParseAddrPort("192.0.2.1:80"), 7, int64(-8)}, "to 192.0.2.1:80, frame 7 of -8."},
	} {
		if got := texts.format(c.format, c.args...); got != c.want {
			t.Errorf("%q gives %q, want %q", c.format, got, c.want)
		}
	}
}

// TestTextsCostNothing holds texts to a piece of memory for many.
func TestTextsCostNothing(t *testing.T) {
	var texts texts
	client, n := netip.MustParseAddr("192.0.2.1"), 0
	if a := testing.AllocsPerRun(1000, func() {
		n++
		texts.format("%s from %s: %d", "alice", client, n)
		texts.keep("alice")
	}); a >= 1 {
		t.Errorf("two texts cost %v allocations", a)
	}
}
