package file

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"ntlmtrace/capture"
)

// hexFile turns lines of hex into bytes. Blanks are for reading, and what
// follows a semicolon is a comment.
func hexFile(t testing.TB, lines ...string) []byte {
	t.Helper()
	var text strings.Builder
	for _, line := range strings.Split(strings.Join(lines, "\n"), "\n") {
		line, _, _ = strings.Cut(line, ";")
		text.WriteString(strings.Join(strings.Fields(line), ""))
	}
	b, err := hex.DecodeString(text.String())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// found is a packet as tests write it down.
type found struct {
	frame, time int64
	data        string // hex
	length      int
	link        capture.LinkType
	fcs, iface  int
	direction   capture.Direction
}

// readAll returns all packets of a capture and what ended it, nil for a clean
// end.
func readAll(s *Source) ([]found, error) {
	var all []found
	for p := new(capture.Packet); ; {
		if err := s.Next(p); err != nil {
			if err == io.EOF {
				err = nil
			}
			return all, err
		}
		all = append(all, foundOf(p))
	}
}

// readSeveral is readAll that takes up to n packets at once.
func readSeveral(s *Source, n int) ([]found, error) {
	var all []found
	for ps := make([]capture.Packet, n); ; {
		got, err := s.NextAll(ps)
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return all, err
		}
		for i := range ps[:got] {
			all = append(all, foundOf(&ps[i]))
		}
	}
}

func foundOf(p *capture.Packet) found {
	return found{p.Frame, p.Time, hex.EncodeToString(p.Data), p.Length, p.Link, p.FCS, p.Interface, p.Direction}
}

// readBytes is readAll for a file in memory.
func readBytes(b []byte, l capture.Limits) (*Source, []found, error) {
	s, err := NewSource("web.pcap", bytes.NewReader(b), l)
	if err != nil {
		return nil, nil, err
	}
	defer s.Close()
	all, err := readAll(s)
	return s, all, err
}

// checkFound compares packets one by one, so that a failure shows which.
func checkFound(t *testing.T, got, want []found) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("packet %d\n got %+v\nwant %+v", i+1, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d packets, want %d", len(got), len(want))
	}
}

// checkError compares the text of an error, "" for none.
func checkError(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("error\n got %q\nwant %q", got, want)
	}
}

// checkProblems compares the problems of a source as texts.
func checkProblems(t *testing.T, s *Source, want ...string) {
	t.Helper()
	kept, count := s.Problems()
	if int(count) != len(want) {
		t.Errorf("%d problems, want %d: %v", count, len(want), kept)
	}
	for i := range min(len(kept), len(want)) {
		if got := kept[i].String(); got != want[i] {
			t.Errorf("problem\n got %q\nwant %q", got, want[i])
		}
	}
}

// bytewise returns at most n bytes a call, and an end together with the last
// ones.
type bytewise struct {
	b []byte
	n int
}

func (r *bytewise) Read(b []byte) (int, error) {
	k := copy(b[:min(len(b), r.n)], r.b)
	r.b = r.b[k:]
	if len(r.b) == 0 {
		return k, io.EOF
	}
	return k, nil
}

var errDisk = errors.New("disk on fire")

// failing returns b and then an error.
func failing(b []byte) io.Reader {
	return io.MultiReader(bytes.NewReader(b), brokenDisk{})
}

type brokenDisk struct{}

func (brokenDisk) Read([]byte) (int, error) { return 0, errDisk }
