package http_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/decode/decodetest"
)

// turns are the seeds: what client and server send in turn.
var turns = [][4]string{
	{decodetest.PlainGet, decodetest.Refusal, decodetest.BasicGet, decodetest.PlainOK},
	{"\r\n\nGET / HTTP/1.0\n\n", "HTTP/1.0 200\n\nuntil close", decodetest.PlainGet, decodetest.PlainOK},
	{
		"POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", "HTTP/1.1 401 No\r\nContent-Length: 3\r\n\r\nno!",
		"5;x=y\r\nhello\r\n0\r\nTrailer: x\r\n\r\n" + decodetest.BasicGet, decodetest.PlainOK,
	},
	{decodetest.PlainGet + decodetest.BasicGet + decodetest.PlainGet, decodetest.PlainOK + decodetest.Refusal, "POST / HTTP/1.1\r\nContent-Length: 7\r\n\r\nGET / H" + decodetest.PlainGet, decodetest.PlainOK + decodetest.PlainOK + decodetest.PlainOK},
	{"CONNECT a:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 ok\r\n\r\n", "\x16\x03\x01\x00\x05hello", "\x16\x03\x03"},
	{"CONNECT a:80 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 ok\r\n\r\n", decodetest.BasicGet, decodetest.PlainOK},
	{"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", "HTTP/1.1 101 x\r\nUpgrade: h2c\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00"},
	{decodetest.PlainGet, "garbage\r\nHTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a,b\",\r\n NTLM\r\n\r\n", decodetest.BasicGet, ""},
	{"MKCALENDAR /a b HTTP/1.1\r\nContent-Length : 2\r\nContent-length: 3\r\n\r\nab" + decodetest.PlainGet, decodetest.PlainOK, "x", "y"},
	{"GET / HTTP/1.1\r\nAuthorization\t:\tnTlM TlRMTVNTUAABAAAAl4II4gAAAAAAAAAAAAAAAAAAAAAGAbEdAAAADw==\r\n\r\n", decodetest.Refusal, "", ""},
	{"\x16\x03\x01", "SSH-2.0-x", "", ""},
}

func play(t *decodetest.Talk, conversation [4]string, split func(string) []string) []string {
	for i, turn := range conversation {
		for _, piece := range split(turn) {
			t.From(capture.Dir(i%2), piece)
		}
	}
	return append(t.Close(capture.CaptureEnd), t.Ends...)
}

// randomPieces cuts a text at random places.
func randomPieces(rng *rand.Rand, longest int) func(string) []string {
	return func(s string) (pieces []string) {
		for s != "" {
			n := min(1+rng.IntN(longest), len(s))
			pieces = append(pieces, s[:n])
			s = s[n:]
		}
		return pieces
	}
}

// FuzzHTTP: however a conversation is cut into segments, the exchanges are the
// same; and what is lost of it does no harm.
func FuzzHTTP(f *testing.F) {
	for i, s := range turns {
		f.Add(s[0], s[1], s[2], s[3], uint64(i))
	}
	f.Fuzz(func(t *testing.T, a, b, c, d string, seed uint64) {
		conversation := [4]string{a, b, c, d}
		one := decodetest.New()
		want := play(one, conversation, decodetest.Whole)
		for _, longest := range []int{1, 7, 200} {
			cut := decodetest.New()
			got := play(cut, conversation, randomPieces(rand.New(rand.NewPCG(seed, 1)), longest))
			if !slices.Equal(got, want) {
				t.Fatalf("in segments of up to %d:\n%s\nin one:\n%s", longest, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if got, want := cut.D.Stats(), one.D.Stats(); got != want {
				t.Fatalf("in segments of up to %d: %+v, in one: %+v", longest, got, want)
			}
		}
		playLossy(conversation, rand.New(rand.NewPCG(seed, 2)))
	})
}

// playLossy loses every third segment.
func playLossy(conversation [4]string, rng *rand.Rand) {
	talk := decodetest.New()
	split := randomPieces(rng, 40)
	for i, turn := range conversation {
		dir := capture.Dir(i % 2)
		for _, piece := range split(turn) {
			if rng.IntN(3) == 0 {
				talk.Gap(dir, int64(len(piece)))
			} else {
				talk.From(dir, piece)
			}
		}
	}
	talk.Close(capture.Reset)
}

// hostile conversations are as slow as they can be made: long heads in small
// segments, candidates that never become a message, challenges without end.
var hostile = map[string]string{
	"lines of one byte":      "GET / HTTP/1.1\r\n" + strings.Repeat("a\n", hostileSize/2),
	"no line end":            "GET /" + strings.Repeat("a", hostileSize),
	"method without end":     decodetest.PlainGet + strings.Repeat("a", hostileSize),
	"request lines":          decodetest.PlainGet + "x\n" + strings.Repeat("GET / HTTP/1.1\n", hostileSize/15),
	"folded":                 "GET / HTTP/1.1\r\nAuthorization: Basic\r\n" + strings.Repeat(" \n", hostileSize/2) + "\r\n",
	"credentials":            "GET / HTTP/1.1\r\nAuthorization: " + strings.Repeat("a,", hostileSize/2) + "\r\n\r\n",
	"quotes":                 "GET / HTTP/1.1\r\nAuthorization: " + strings.Repeat("\",", hostileSize/2) + "\r\n\r\n",
	"chunks of one byte":     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1\na\n", hostileSize/4),
	"line ends":              decodetest.PlainGet + strings.Repeat("\n", hostileSize),
	"many credential fields": "GET / HTTP/1.1\r\n" + strings.Repeat("Authorization:a\n", hostileSize/16) + "\r\n",
	"head too long":          "GET / HTTP/1.1\r\n" + strings.Repeat("a: b\n", hostileSize/2) + "\r\n" + decodetest.PlainGet,
}

const hostileSize = 60 << 10

func TestHostileShapes(t *testing.T) {
	for name, s := range hostile {
		want := play(decodetest.New(), [4]string{s}, decodetest.Whole)
		for _, longest := range []int{1, 1000} {
			got := play(decodetest.New(), [4]string{s}, randomPieces(rand.New(rand.NewPCG(1, 1)), longest))
			if !slices.Equal(got, want) {
				t.Errorf("%s in segments of up to %d:\n%.500q\nin one:\n%.500q", name, longest, got, want)
			}
		}
	}
}

// BenchmarkHostile shows what a byte costs at worst: nothing is quadratic.
func BenchmarkHostile(b *testing.B) {
	for name, s := range hostile {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				play(decodetest.New(), [4]string{s}, randomPieces(rand.New(rand.NewPCG(1, 1)), 2))
			}
		})
	}
}
