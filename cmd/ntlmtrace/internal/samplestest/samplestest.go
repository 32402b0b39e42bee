// Package samplestest finds the captures under samples/ for tests, wherever the
// package under test lies.
package samplestest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/capture"
)

// Dir returns the folder of the samples.
func Dir(t testing.TB) string {
	t.Helper()
	dir := "."
	for range 10 {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "samples")
		}
		dir = filepath.Join("..", dir)
	}
	t.Fatal("there is no go.mod above this folder")
	return ""
}

// Names lists the captures under samples/.
func Names(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(Dir(t), func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".pcap") || strings.HasSuffix(name, ".pcapng") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Stored writes captures to files and returns their names.
func Stored(t *testing.T, files ...[]byte) []string {
	t.Helper()
	dir := t.TempDir()
	var names []string
	for i, f := range files {
		name := filepath.Join(dir, string(rune('a'+i))+".pcap")
		if err := os.WriteFile(name, f, 0o644); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// Each runs a test for every sample, with its packets.
func Each(t *testing.T, test func(t *testing.T, packets []capture.Packet)) {
	t.Helper()
	dir := Dir(t)
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".pcap" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		packets, err := analysistest.Packets(text)
		if err != nil {
			return err
		}
		t.Run(strings.TrimPrefix(filepath.ToSlash(name), filepath.ToSlash(dir)+"/"), func(t *testing.T) { test(t, packets) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Packets returns the packets of a capture under samples/.
func Packets(t *testing.T, name string) []capture.Packet {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Dir(t), name))
	if err != nil {
		t.Fatal(err)
	}
	list, err := analysistest.Packets(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
