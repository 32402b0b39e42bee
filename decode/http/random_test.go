package http_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/decode/decodetest"
)

// fragments are put together at random to conversations, most of them odd.
var fragments = [2][]string{
	{
		decodetest.PlainGet, decodetest.BasicGet, "\r\n", "\n", " ", "x", "GET / HTTP/1.0\n\n", "HEAD /h HTTP/1.1\r\nA: b\r\n\r\n",
		"CONNECT a:1 HTTP/1.1\r\nProxy-Authorization: Basic Ym9iOg==\r\n\r\n", "\x16\x03\x01xx", "\x16", "PRI * HTTP/2.0\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n", "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n",
		"POST / HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n", "abcd", "2\r\nab\r\n", "0\r\n\r\n",
		"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "GET /i ", "HTTP/1.1\r\n", "Authorization: Digest username=\"a\"\r\n", "a: b\r\n", "\r\n\r\n",
		"HTTP/1.1 200 OK\r\n",
	},
	{
		decodetest.PlainOK, decodetest.Refusal, "\r\n", "\n", "x", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n", "HTTP/1.0 200\n\n",
		"HTTP/1.1 204 x\r\nA: b\r\n\r\n", "HTTP/1.1 101 x\r\nUpgrade: y\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "2\r\nab\r\n", "0\r\n\r\n", "zz\r\n",
		"HTTP/1.1 407 x\r\nContent-Length: 0\r\nProxy-Authenticate: Negotiate, NTLM\r\n\r\n", "HTTP/1.1 ", "200 \r\n", "a: b\r\n", "\x16\x03\x01", "GET / HTTP/1.1\r\n",
	},
}

func TestSplitsOfRandomConversations(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var conversation [4]string
		for i := range conversation {
			for range rng.IntN(5) {
				list := fragments[i%2]
				conversation[i] += list[rng.IntN(len(list))]
			}
		}
		one, cut := decodetest.New(), decodetest.New()
		want := play(one, conversation, decodetest.Whole)
		got := play(cut, conversation, randomPieces(rng, 1+rng.IntN(60)))
		if !slices.Equal(got, want) || one.D.Stats() != cut.D.Stats() {
			t.Fatalf("%q\ncut:\n%s\n%+v\nwhole:\n%s\n%+v", conversation, strings.Join(got, "\n"), cut.D.Stats(), strings.Join(want, "\n"), one.D.Stats())
		}
		playLossy(conversation, rng)
	}
}
