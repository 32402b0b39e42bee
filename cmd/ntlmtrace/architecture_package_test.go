package main

import (
	"slices"
	"strings"
	"testing"
)

// maxFiles is how many files, tests aside, a package may have.
const maxFiles = 25

// maxCommandFiles is how many the command itself may have: flags and wiring.
const maxCommandFiles = 20

func TestPackagesAreSmall(t *testing.T) {
	files := make(map[string]int)
	for _, f := range sources(t) {
		files[f.dir]++
	}
	for name, n := range files {
		most := maxFiles
		if name == "cmd/ntlmtrace" {
			most = maxCommandFiles
		}
		if n > most {
			t.Errorf("%s has %d files, at most %d are allowed: divide it", name, n, most)
		}
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	commented := make(map[string]bool)
	for _, f := range sources(t) {
		commented[f.dir] = commented[f.dir] || f.tree.Doc != nil
	}
	for name, ok := range commented {
		if !ok {
			t.Errorf("%s has no package comment", name)
		}
	}
}

// prescribed lists what must be imported, and where.
var prescribed = []struct{ imported, by string }{
	{"github.com/google/gopacket/layers", "capture/packet"},
	{"github.com/google/gopacket/pcap", "capture/live"},
	{"github.com/Azure/go-ntlmssp", besideCommand + "probe"},
	{"github.com/olekukonko/tablewriter", besideCommand + "grid"},
}

func TestPrescribedPackagesAreUsed(t *testing.T) {
	files := sources(t)
	for _, p := range prescribed {
		if !slices.ContainsFunc(files, func(f sourceFile) bool {
			return (f.dir == p.by || strings.HasPrefix(f.dir, p.by+"/")) && slices.Contains(f.imports, p.imported)
		}) {
			t.Errorf("%s does not import %s", p.by, p.imported)
		}
	}
}
