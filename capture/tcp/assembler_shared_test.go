package tcp

import (
	"os"
	"path/filepath"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/file"
)

// TestSharedStreams assembles real captures and holds the assembler to the
// rules of Consumer.
func TestSharedStreams(t *testing.T) {
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
			c := newStrictConsumer(t)
			c.noLog = true
			a := NewAssembler(AssemblerOptions{}, c)
			var p capture.Packet
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
