package analysis

import (
	"net/netip"
	"testing"

	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// TestCopies looks for copies of a connection on a second tap.
func TestCopies(t *testing.T) {
	type seen struct {
		first  [2]uint32
		known  bool
		client string
	}
	const alice, nat = "10.9.0.10:51799", "10.9.9.9:40000"
	for _, test := range []struct {
		name        string
		here, there seen
		thereSaid   string
		copied      bool
	}{
		{name: "behind a NAT", here: seen{[2]uint32{1e6, 2e6}, true, alice}, there: seen{[2]uint32{1e6, 2e6}, true, nat}, copied: true},
		{name: "of a proxy, which has numbers of its own", here: seen{[2]uint32{1e6, 2e6}, true, alice}, there: seen{[2]uint32{3e6, 2e6}, true, nat}},
		{name: "known here only", here: seen{[2]uint32{1e6, 2e6}, true, alice}, there: seen{[2]uint32{1e6, 2e6}, false, alice}},
		{name: "each knows another direction", here: seen{[2]uint32{1e6, 0}, false, alice}, there: seen{[2]uint32{0, 2e6}, false, alice}, copied: true},
		{name: "not known, other ends", here: seen{[2]uint32{}, false, alice}, there: seen{[2]uint32{}, false, nat}},
		{name: "it says something else", here: seen{[2]uint32{1e6, 2e6}, true, alice}, there: seen{[2]uint32{1e6, 2e6}, true, alice}, thereSaid: "GET /other"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := New(Options{}, Output{})
			meet := func(source int, s seen, said string) *trace.Conn {
				return a.conn(&auth.Exchange{
					Conn: &auth.Conn{
						Digest: auth.DigestOf([]byte(said)), Source: source, First: s.first, KnownFirst: s.known,
						Client: netip.MustParseAddrPort(s.client), Server: netip.MustParseAddrPort("10.9.0.20:80"),
					},
				})
			}
			said := "GET /reports"
			if meet(0, test.here, said).Copied() {
				t.Error("the first is a copy")
			}
			if test.thereSaid != "" {
				said = test.thereSaid
			}
			if got := meet(1, test.there, said).Copied(); got != test.copied {
				t.Errorf("copied is %v", got)
			}
		})
	}
}
