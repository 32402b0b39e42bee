package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the expected output anew: golden scripts and docs")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ntlmtrace": main})
}

// TestScripts runs the command as a shell does. The samples are beside the
// script under the names that they have in samples/.
func TestScripts(t *testing.T) {
	samples, err := filepath.Abs("../../samples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"begin": begin},
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAMPLES", samples)
			return nil
		},
	})
}

// begin is the command "begin FILE N FROM": FILE gets the first N bytes of FROM.
func begin(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: begin FILE N FROM")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := ts.ReadFile(args[2])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text[:n]), 0o644))
}

// current fails if the file called name does not hold what the program writes
// now; with -update it writes it.
func current(t *testing.T, name string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not current: go generate ./cmd/ntlmtrace", name)
	}
}

func TestRulesDocument(t *testing.T) {
	var b bytes.Buffer
	if err := writeRulesDocument(&b); err != nil {
		t.Fatal(err)
	}
	current(t, "../../docs/rules.md", b.Bytes())
}
