package tcp

import (
	"slices"
	"testing"
)

func TestPassages(t *testing.T) {
	const client, server = "10.9.0.10", "10.9.0.20"
	for _, test := range []struct {
		name string
		in   string
		want []string
	}{
		{"packets without a mark show nothing", "> 0 abc\n < 0 xyz", nil},
		{"an own client", "> syn out at=2\n < syn ack in at=2\n > 0 abc out at=2\n < 0 xyz in at=2\n > 3 abc out at=2",
			[]string{client + " sent at 2", server + " arrived at 2"}},
		{"a bridge: the packet came and left", "> 0 abc passing at=9\n > 0 abc id=101 out at=7\n < 0 xyz passing at=7\n < 0 xyz id=101 out at=9",
			[]string{client + " forwarded at 7", server + " forwarded again at 9"}},
		{"a router: it arrived and left", "> 0 abc in at=2\n > 0 abc id=101 out at=3",
			[]string{client + " arrived at 2", client + " forwarded at 3"}},
		{"a bridge, from its SYN on", "> syn passing at=9\n > syn out at=7\n > 0 abc passing at=9\n > 0 abc id=101 out at=7",
			[]string{client + " forwarded at 9", client + " forwarded again at 7"}},
		{"both ends sent: what is sent was captured alone", "> 0 abc out at=3\n < 0 xyz out at=3",
			[]string{client + " sent at 3", server + " forwarded at 3"}},
		{"both SYNs were sent", "> syn out\n < syn ack out\n > 0 abc ack=0 out",
			[]string{client + " sent at 0", server + " forwarded at 0"}},
		{"promiscuous mode: nobody sent", "> 0 abc passing\n < 0 xyz passing", nil},
		{"an own packet was mirrored", "> 0 abc out at=2\n > 0 abc id=101 passing at=3\n > 3 abc out at=2",
			[]string{client + " sent at 2"}},
		{"loopback between two own addresses", "> 0 abc looped at=1\n < 0 xyz looped at=1",
			[]string{client + " sent at 1", server + " sent at 1"}},
		{"an acknowledgement is enough", "> 0 abc in\n < 0 - out", []string{client + " arrived at 0", server + " sent at 0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := newTalk(AssemblerOptions{}, [2]uint32{})
			k.play(t, test.in)
			if !slices.Equal(k.passages, test.want) {
				t.Errorf("got  %q\nwant %q", k.passages, test.want)
			}
		})
	}
}

// TestPassagesOfIgnored holds that marks count where nothing else does.
func TestPassagesOfIgnored(t *testing.T) {
	k := newTalk(AssemblerOptions{}, [2]uint32{})
	k.advice = map[string]Advice{"tls": Ignore}
	k.play(t, "> 0 tls in at=2\n < 0 xyz in at=3\n > 3 abc id=99 out at=3")
	want := []string{"10.9.0.10 arrived at 2", "10.9.0.20 arrived at 3", "10.9.0.10 forwarded at 3"}
	if !slices.Equal(k.passages, want) {
		t.Errorf("got  %q\nwant %q", k.passages, want)
	}
}
