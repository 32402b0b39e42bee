package token

import (
	"bytes"
	"encoding/base64"
	"testing"
)

func TestAppendBase64(t *testing.T) {
	for _, test := range []struct{ name, in, want, problem string }{
		{name: "standard", in: "+/+/YQ==", want: "\xfb\xff\xbfa"},
		{name: "URL alphabet", in: "-_-_YQ==", want: "\xfb\xff\xbfa"},
		{name: "without padding", in: "YWI", want: "ab"},
		{name: "padding of the wrong length", in: "YWI====", want: "ab"},
		{name: "folded", in: "YW\r\n\tJj", want: "abc"},
		{name: "space in the padding", in: "YQ= =", want: "a"},
		{name: "empty", in: ""},
		{name: "padding alone", in: "="},
		{name: "bits behind the last byte", in: "YR==", want: "a"},
		{name: "single character left over", in: "YWJjZ", want: "abc", problem: "base64: a single character after 1 groups of four"},
		{name: "foreign character", in: "YWJj!WJj", want: "abc", problem: `base64: byte 4: '!' is not in the alphabet`},
		{name: "foreign character in a group", in: "YWJjZ*", want: "abc", problem: `base64: byte 5: '*' is not in the alphabet`},
		{name: "more after the padding", in: "YQ==YQ==", want: "a", problem: `base64: byte 4: 'Y' after the padding`},
		{name: "not ASCII", in: "YWJj\xff", want: "abc", problem: `base64: byte 4: 'ÿ' is not in the alphabet`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, problem := appendBase64([]byte("before "), []byte(test.in))
			if string(got) != "before "+test.want || problem != test.problem {
				t.Errorf("got %q, %q, want %q, %q", got, problem, test.want, test.problem)
			}
		})
	}
}

func FuzzAppendBase64(f *testing.F) {
	f.Add([]byte("any bytes"))
	f.Add([]byte("YWJjZGVmZ2hpamts"))
	f.Add([]byte("YWJjZGVmZ2hpag=="))
	f.Add([]byte("YWJjZGVmZ2hpamtsbW4="))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, e := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			if got, problem := appendBase64(nil, []byte(e.EncodeToString(b))); !bytes.Equal(got, b) || problem != "" {
				t.Fatalf("got %x, %q, want %x", got, problem, b)
			}
		}
		if got, ok := appendToken68([]byte("before "), b); ok {
			if want, problem := appendBase64([]byte("before "), b); !bytes.Equal(got, want) || problem != "" || !IsToken68(string(b)) {
				t.Fatalf("%q is a token68 %x, and else %x, %q", b, got, want, problem)
			}
		}
		if want, err := base64.StdEncoding.DecodeString(string(b)); err == nil {
			if got, problem := appendBase64(nil, b); !bytes.Equal(got, want) || problem != "" {
				t.Fatalf("got %x, %q, want %x", got, problem, want)
			}
		}
	})
}

func BenchmarkAppendBase64(b *testing.B) {
	text := []byte(base64.StdEncoding.EncodeToString(make([]byte, 540)))
	var out []byte
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		out, _ = appendToken68(out[:0], text)
	}
}
