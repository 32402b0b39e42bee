package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/cmd/ntlmtrace/internal/output"
)

// BenchmarkRead runs the whole command on short connections with a logon each,
// the densest that a capture can be.
func BenchmarkRead(b *testing.B) {
	c := capturetest.New()
	for i := range 2000 {
		k := c.Dial(pc1, web01.At(uint16(1+i)))
		for range 3 {
			k.Client(basicRequest("/reports")).Server(capturetest.Response(200, 4000))
		}
		k.Close()
	}
	file := c.PCAP()
	name := filepath.Join(b.TempDir(), "dense.pcap")
	if err := os.WriteFile(name, file, 0o644); err != nil {
		b.Fatal(err)
	}
	for _, f := range output.Formats {
		b.Run(f.Name, func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				var stderr bytes.Buffer
				if status := command(b.Context(), []string{"--format", f.Name, name}, nil, io.Discard, &stderr); status != exitDone {
					b.Fatal(&stderr)
				}
			}
		})
	}
}
