package der

import (
	"math"
	"ntlmtrace/decode/internal/dertest"
	"strings"
	"testing"
)

func TestNext(t *testing.T) {
	for _, test := range []struct {
		name string
		in   string
		body string
		left int
		ok   bool
		err  string
	}{
		{name: "empty"},
		{name: "short length", in: "\x04\x02abc", body: "ab", left: 1, ok: true},
		{name: "no content", in: "\x04\x00", ok: true},
		{name: "one length byte more than needed", in: "\x04\x81\x02ab", body: "ab", ok: true},
		{name: "three length bytes more than needed", in: "\x04\x84\x00\x00\x00\x02abc", body: "ab", left: 1, ok: true},
		{name: "nine length bytes", in: "\x04\x89\x00\x00\x00\x00\x00\x00\x00\x00\x01a", body: "a", ok: true},
		{name: "content cut short", in: "\x04\x05ab", body: "ab", ok: true, err: "x: f at byte 0: 5 bytes do not fit in the 2 left"},
		{name: "length above 32 bits", in: "\x04\x85\xff\xff\xff\xff\xffab", body: "ab", ok: true, err: "x: f at byte 0: 4294967296 bytes do not fit in the 2 left"},
		{name: "length above 64 bits", in: "\x04\x89\x01\x00\x00\x00\x00\x00\x00\x00\x00a", body: "a", ok: true, err: "x: f at byte 0: 4294967296 bytes do not fit in the 1 left"},
		{name: "indefinite length", in: "\x30\x80\x00\x00", err: "x: f at byte 0: no length"},
		{name: "length cut short", in: "\x04\x82\x01", err: "x: f at byte 0: no length"},
		{name: "tag alone", in: "\x04", err: "x: f at byte 0: no length"},
		{name: "tag of several bytes", in: "\x1f\x81\x01\x00", err: "x: f at byte 0: a tag of several bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := NewReader("x", []byte(test.in))
			s := r.All()
			e, ok := r.Next(&s, "f")
			if ok != test.ok || string(r.Bytes(e.Span)) != test.body || s.Len() != test.left {
				t.Errorf("got %q, %v, %d left; want %q, %v, %d left", r.Bytes(e.Span), ok, s.Len(), test.body, test.ok, test.left)
			}
			if got := dertest.ErrorText(r.Err()); got != test.err {
				t.Errorf("error %q, want %q", got, test.err)
			}
		})
	}
}

func TestInt(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     int64
		err      string
	}{
		{name: "one byte", in: "\xa0\x03\x02\x01\x05", want: 5},
		{name: "negative", in: "\xa0\x03\x02\x01\xff", want: -1},
		{name: "five bytes", in: "\xa0\x07\x02\x05\x00\xff\xff\xff\xff", want: 1<<32 - 1},
		{name: "eight bytes", in: "\xa0\x0a\x02\x08\x80\x00\x00\x00\x00\x00\x00\x00", want: math.MinInt64},
		{name: "nine bytes", in: "\xa0\x0b\x02\x09123456789", err: "x: f at byte 4: a number of 9 bytes"},
		{name: "no bytes", in: "\xa0\x02\x02\x00", err: "x: f at byte 4: a number of 0 bytes"},
		{name: "nothing inside", in: "\xa0\x00", err: "x: f at byte 2: nothing inside"},
		{name: "another type", in: "\xa0\x03\x04\x01\x05", err: "x: f at byte 4: tag 04 instead of 02"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := NewReader("x", []byte(test.in))
			s := r.All()
			e, _ := r.Next(&s, "outer")
			got, ok := r.Int(e, Integer, "f")
			if got != test.want || ok != (test.err == "") || dertest.ErrorText(r.Err()) != test.err {
				t.Errorf("got %d, %v, %v; want %d, %s", got, ok, r.Err(), test.want, test.err)
			}
		})
	}
}

func TestFirstErrorStays(t *testing.T) {
	r := NewReader("x", nil)
	r.Fail("a", 1, "first")
	r.Fail("b", 2, "second")
	if got := dertest.ErrorText(r.Err()); got != "x: a at byte 1: first" {
		t.Error(got)
	}
}

func FuzzNext(f *testing.F) {
	f.Add("\x30\x06\x04\x01a\x04\x01b")
	f.Add("\x60\x84\x00\x00\x00\x02\x05\x00")
	f.Fuzz(func(t *testing.T, in string) {
		r := NewReader("x", []byte(in))
		s := r.All()
		var seen strings.Builder
		end := 0
		for {
			e, ok := r.Next(&s, "f")
			if !ok {
				break
			}
			if e.At() < end+2 || e.At()+e.Len() > len(in) {
				t.Fatalf("content %d+%d after %d of %d", e.At(), e.Len(), end, len(in))
			}
			seen.WriteString(in[end:e.At()])
			seen.Write(r.Bytes(e.Span))
			end = e.At() + e.Len()
		}
		if seen.String() != in[:end] || s.Len() != 0 || r.Err() == nil && end != len(in) {
			t.Fatalf("%d of %d bytes read, error %v", end, len(in), r.Err())
		}
	})
}
