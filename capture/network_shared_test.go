package capture

import (
	"os"
	"path/filepath"
	"testing"
)

// TestDecodeSharedCaptures decodes every packet of the real captures. What is
// not decoded must be the exception in them.
func TestDecodeSharedCaptures(t *testing.T) {
	dir := filepath.Join(sharedDir(t), "captures", "files")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Skip(err)
	}
	for _, f := range files {
		t.Run(f.Name(), func(t *testing.T) {
			s, err := Open(filepath.Join(dir, f.Name()), Limits{})
			if err != nil {
				t.Skip(err)
			}
			defer s.Close()
			checkPackets(t, s)
		})
	}
}

// checkPackets decodes the packets of s and checks what must hold for each.
func checkPackets(t *testing.T, s *Source) {
	d := newPacketDecoder()
	var p Packet
	var seg tcpSegment
	var found, passed int64
	for s.Next(&p) == nil {
		if !d.decode(&p, &seg) {
			passed++
			continue
		}
		found++
		if seg.Stamp != p.Stamp || seg.key.hash != d.hash(&seg.key) || seg.cut < 0 {
			t.Errorf("frame %d: %+v", p.Frame, seg)
		}
	}
	var counted int64
	for _, n := range d.notDecoded() {
		counted += n
	}
	if counted > passed {
		t.Errorf("%d packets counted as not decoded, of %d without a segment", counted, passed)
	}
	t.Logf("%d TCP segments, %d other packets, not decoded: %v", found, passed, d.notDecoded())
}
