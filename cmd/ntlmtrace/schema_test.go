package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSamplesMeetSchema holds the output for every sample to the schema, as
// one document and as lines.
func TestSamplesMeetSchema(t *testing.T) {
	document := compileSchema(t, "schema.json")
	line := compileSchema(t, "schema.json#/$defs/line")
	for _, name := range samplestest.Names(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			validate(t, document, readAs(t, "json", name))
			for l := range bytes.Lines(readAs(t, "jsonl", name)) {
				validate(t, line, l)
			}
		})
	}
}

func compileSchema(t *testing.T, location string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(location)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in %.200q", err, text)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

// readAs runs the command on a capture and gives what it prints.
func readAs(t *testing.T, format string, names ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args := append([]string{"--format", format}, names...)
	if status := command(t.Context(), args, nil, &stdout, &stderr); status != exitDone {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	return stdout.Bytes()
}
