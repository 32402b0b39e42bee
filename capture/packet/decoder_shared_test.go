package packet

import (
	"os"
	"path/filepath"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/file"
)

// TestDecodeSharedCaptures decodes every packet of the real captures. What is
// not decoded must be the exception in them.
func TestDecodeSharedCaptures(t *testing.T) {
	dir := filepath.Join(packettest.SharedDir(t), "captures", "files")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Skip(err)
	}
	for _, f := range files {
		t.Run(f.Name(), func(t *testing.T) {
			s, err := file.Open(filepath.Join(dir, f.Name()), capture.Limits{})
			if err != nil {
				t.Skip(err)
			}
			defer s.Close()
			checkPackets(t, s)
		})
	}
}

// checkPackets decodes the packets of s and checks what must hold for each.
func checkPackets(t *testing.T, s *file.Source) {
	d := NewDecoder()
	var p capture.Packet
	var seg TCP
	var found, passed int64
	for s.Next(&p) == nil {
		if !d.Decode(&p, &seg) {
			passed++
			continue
		}
		found++
		if seg.Stamp != p.Stamp || seg.Key.Hash != d.hasher.Hash(&seg.Key) || seg.Cut < 0 {
			t.Errorf("frame %d: %+v", p.Frame, seg)
		}
	}
	var counted int64
	for _, n := range d.NotDecoded() {
		counted += n
	}
	if counted > passed {
		t.Errorf("%d packets counted as not decoded, of %d without a segment", counted, passed)
	}
	t.Logf("%d TCP segments, %d other packets, not decoded: %v", found, passed, d.NotDecoded())
}
