package samples

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the sample files again")

// TestFilesAreCurrent holds the files on disk against the conversations.
func TestFilesAreCurrent(t *testing.T) {
	made := files(t)
	for name, content := range made {
		if *update {
			write(t, name, content)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, content) {
			t.Errorf("%s is not what its conversation makes: run go test ./samples -update", name)
		}
	}
	for _, name := range onDisk(t) {
		if _, ok := made[name]; ok {
			continue
		}
		if !*update {
			t.Errorf("%s belongs to no conversation", name)
		} else if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryRuleHasBoth keeps a rule from being shown by its hits alone.
func TestEveryRuleHasBoth(t *testing.T) {
	for _, c := range chapters {
		hits, misses := 0, 0
		for _, s := range c.stories {
			switch {
			case strings.HasPrefix(s.name, "hit-"):
				hits++
			case strings.HasPrefix(s.name, "miss-"):
				misses++
			}
		}
		if c.rule != "" && (hits < 2 || misses < 3) {
			t.Errorf("%s has %d hits and %d misses", c.rule, hits, misses)
		}
	}
}

// TestHitsNameTheirRule holds name and statement of a sample together.
func TestHitsNameTheirRule(t *testing.T) {
	for _, s := range All() {
		rule, name, ok := strings.Cut(s.Name, "/")
		if !ok {
			continue
		}
		named := slices.ContainsFunc(s.Want, func(w Want) bool { return w.Rule == rule })
		if hit := strings.HasPrefix(name, "hit-"); hit != named {
			t.Errorf("%s: its rule is wanted: %t", s.Name, named)
		}
		most := 32 << 10
		if rule == "password-guessing" {
			most = 256 << 10 // a crowd has many people
		}
		if len(s.Capture) > most && rule != "request-body-resent" {
			t.Errorf("%s has %d bytes: a sample is small", s.Name, len(s.Capture))
		}
	}
}

func files(t *testing.T) map[string][]byte {
	m := map[string][]byte{}
	for _, s := range All() {
		name := filepath.FromSlash(s.Name)
		if _, twice := m[name+".pcap"]; twice {
			t.Errorf("two samples are called %s", s.Name)
		}
		m[name+".pcap"], m[name+".want"] = s.Capture, s.WantFile()
	}
	return m
}

func write(t *testing.T, name string, content []byte) {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

func onDisk(t *testing.T) []string {
	var names []string
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(name); ext == ".pcap" || ext == ".want" {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
