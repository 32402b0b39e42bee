package http_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/decodetest"
	"ntlmtrace/decode/http"
)

// told describes an exchange with all that is in its memory.
func told(x *auth.Exchange) string {
	s := decodetest.Describe(x)
	for _, c := range x.Request.Credentials {
		if c.Token != nil && c.Token.Authenticate != nil {
			a := c.Token.Authenticate
			s += " " + a.Domain + "\\" + a.User + " at " + a.Workstation + " " + a.Fingerprint() + " for " + a.TargetInfo.TargetName()
		}
	}
	for _, c := range x.Response.Challenges {
		if c.Token != nil && c.Token.Challenge != nil {
			s += " of " + c.Token.Challenge.TargetName + " " + c.Token.Challenge.TargetInfo.Text(1)
		}
	}
	return s + "\n" + x.Target.Host + x.Result.Text + string(http.RequestHead(x))
}

// keeper keeps exchanges as its function says, and remembers what they told.
type keeper struct {
	decodetest.NoSink
	at   string // "request" or "exchange"
	kept []*auth.Exchange
	told []string
	all  []string // of every exchange
}

func (k *keeper) Request(x *auth.Exchange) auth.Interest {
	if k.at == "request" {
		k.keep(x)
	}
	return auth.Everything
}

func (k *keeper) Exchange(x *auth.Exchange) auth.Interest {
	k.all = append(k.all, told(x))
	switch k.at {
	case "exchange":
		k.keep(x)
	case "request": // as it has become, on its last day
		for i, kept := range k.kept {
			if kept == x {
				k.told[i] = told(x)
			}
		}
	}
	return auth.Everything
}

func (k *keeper) keep(x *auth.Exchange) {
	x.Keep()
	x.Keep() // once more does no harm
	k.kept = append(k.kept, x)
	k.told = append(k.told, told(x))
}

// logons plays conversations of several users on several connections.
func logons(sink auth.Sink) {
	d := decode.NewDecoder(0, sink, decode.Limits{})
	conns := make([]tcp.Conn, 20)
	for turn := range denseTurns(0) {
		for i := range conns {
			data := []byte(denseTurns(i)[turn])
			d.Data(&conns[i], &tcp.Segment{Stamp: capture.Stamp{Frame: 1}, Dir: capture.Dir(turn % 2), Data: data})
			for k := range data {
				data[k] = 0xee // so that keeping it shows
			}
		}
	}
	for i := range conns {
		d.Closed(&conns[i], capture.Stamp{Frame: 2}, capture.Finished)
	}
}

func TestKeptExchangesOwnTheirMemory(t *testing.T) {
	var none keeper
	logons(&none)
	for _, at := range []string{"request", "exchange"} {
		k := keeper{at: at}
		logons(&k)
		if len(k.kept) == 0 || !strings.Contains(strings.Join(k.told, "\n"), `CORP\user7 at WS00007`) {
			t.Fatalf("%s: %d exchanges kept: %.1000s", at, len(k.kept), k.told)
		}
		for i, x := range k.kept {
			if now := told(x); now != k.told[i] {
				t.Errorf("kept at the %s: what was\n%s\nis now\n%s", at, k.told[i], now)
			}
		}
		if !slices.Equal(k.all, none.all) {
			t.Errorf("to keep at the %s changes what is told", at)
		}
	}
}

// TestCopyAtRequestTime holds the copy that a sink makes of an exchange that it
// keeps, before the answer, to being one of that time.
func TestCopyAtRequestTime(t *testing.T) {
	var now auth.Exchange
	var before string
	sink := &copier{take: func(x *auth.Exchange) {
		if len(x.Request.Credentials) > 0 && before == "" {
			x.Keep()
			now, before = *x, told(x)
		}
	}}
	logons(sink)
	if after := told(&now); after != before || before == "" {
		t.Errorf("the copy of\n%s\nis now\n%s", before, after)
	}
}

type copier struct {
	decodetest.NoSink
	take func(*auth.Exchange)
}

func (c *copier) Request(x *auth.Exchange) auth.Interest {
	c.take(x)
	return auth.Everything
}

// switched is a sink that can be replaced.
type switched struct{ auth.Sink }

// TestUsedMemoryShowsNothing plays conversations on a decoder that has read
// others, whose memory it uses again.
func TestUsedMemoryShowsNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var current switched
	used := decode.NewDecoder(0, &current, decode.Limits{})
	for i := range 3000 {
		var conversation [4]string
		if i%4 == 0 {
			conversation = turns[rng.IntN(len(turns))]
		} else {
			for k := range conversation {
				for range rng.IntN(5) {
					list := fragments[k%2]
					conversation[k] += list[rng.IntN(len(list))]
				}
			}
		}
		fresh := decodetest.New()
		want := play(fresh, conversation, decodetest.Whole)
		again := &decodetest.Talk{D: used, Loose: true}
		current.Sink = again
		if got := play(again, conversation, decodetest.Whole); !slices.Equal(got, want) {
			t.Fatalf("%q\nafter others:\n%s\nalone:\n%s", conversation, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
