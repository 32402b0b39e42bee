package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ntlmtrace/cmd/ntlmtrace/internal/goldentest"

	"github.com/rogpeppe/go-internal/testscript"
)

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
		UpdateScripts:       *goldentest.Update,
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"begin": begin},
		Setup: func(e *testscript.Env) error {
			e.Setenv("SAMPLES", samples)
			return nil
		},
	})
}

// begin is the command "begin FILE N FROM": FILE gets the first N bytes of
// FROM.
func begin(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: begin FILE N FROM")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := ts.ReadFile(args[2])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text[:n]), 0o644))
}

func TestRulesDocument(t *testing.T) {
	var b bytes.Buffer
	if err := writeRulesDocument(&b); err != nil {
		t.Fatal(err)
	}
	goldentest.Current(t, "../../docs/rules.md", b.Bytes())
}

// TestReadmeOutput holds the example of README.md to what the program prints.
func TestReadmeOutput(t *testing.T) {
	t.Chdir("../..")
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "$ ntlmtrace samples/double-hop.pcap\n", "\n```\n"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, found := strings.Cut(rest, end)
	if !ok || !found {
		t.Fatal("README.md has no example")
	}
	var stdout, stderr bytes.Buffer
	if status := command(t.Context(), []string{"samples/double-hop.pcap"}, nil, &stdout, &stderr); status != exitDone {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	goldentest.Current(t, "README.md", []byte(before+begin+strings.TrimSuffix(stdout.String(), "\n")+end+after))
}
