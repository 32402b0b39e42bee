package capture

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSharedStreams assembles real captures and holds the assembler to the
// rules of Consumer.
func TestSharedStreams(t *testing.T) {
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
			c := newStrictConsumer(t)
			c.quiet = true
			a := NewAssembler(AssemblerOptions{}, c)
			var p Packet
			for s.Next(&p) == nil {
				a.Packet(&p)
			}
			c.finish(a)
			st := a.Stats()
			if st.Packets != p.Frame || st.Evicted != 0 || st.DroppedBytes != 0 || int(st.Connections) < len(c.over) {
				t.Errorf("%d frames, %d connections given, stats %+v", p.Frame, len(c.over), st)
			}
		})
	}
}
