package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/output"
	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
	"ntlmtrace/cmd/ntlmtrace/internal/write"
)

// said is a document without what a cut capture cannot have: the name of the
// file, the numbers of its frames, and counts of what authenticates nobody.
func said(t *testing.T, text []byte, name string) map[string]any {
	t.Helper()
	text = regexp.MustCompile(`[^" ]*`+regexp.QuoteMeta(filepath.Base(name))+`[^" ]*: `).ReplaceAll(text, nil)
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	summary := doc["summary"].(map[string]any)
	return map[string]any{
		"handshakes": withoutFrames(doc["handshakes"]),
		"findings":   withoutFrames(doc["findings"]),
		"accepted":   summary["accepted"], "denied": summary["denied"],
	}
}

// withoutFrames takes the numbers of frames and the names of files out of v,
// and every number out of the texts that may name a frame.
func withoutFrames(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = withoutFrames(v[i])
		}
	case map[string]any:
		for key, member := range v {
			switch key {
			case "frame", "frames", "source", "frames_in":
				delete(v, key)
			default:
				v[key] = withoutFrames(member)
			}
		}
	case string:
		words := strings.Fields(v)
		for i, w := range words {
			if i > 0 && strings.HasPrefix(strings.TrimLeft(words[i-1], "("), "frame") {
				words[i] = strings.TrimLeft(w, "0123456789")
			}
		}
		return strings.Join(words, " ")
	}
	return v
}

// writeCut reads a capture with --write and gives what it says, and what the
// packets that were written say.
func writeCut(t *testing.T, name string, w write.Options) (whole, cut []byte) {
	t.Helper()
	dir := t.TempDir()
	w.Name = filepath.Join(dir, "cut.pcapng")
	var stdout, stderr bytes.Buffer
	f, err := output.Named("json")
	if err != nil {
		t.Fatal(err)
	}
	s := &settings{}
	o := s.run([]string{name}, nil, notes.To(&stderr))
	o.Write = w
	if _, err := s.read(t.Context(), f, o, &stdout); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return stdout.Bytes(), readAs(t, "json", names...)
}

// TestWrittenSaysTheSame cuts every sample down to its authentication: the
// same handshakes and findings are in it, whether bodies are whole or not.
func TestWrittenSaysTheSame(t *testing.T) {
	document := compileSchema(t, "schema.json")
	for _, name := range samplestest.Names(t) {
		for what, w := range map[string]write.Options{"usual": {}, "headers": {Body: 1}, "ring": {Size: 1500, Files: 1000}} {
			if what != "usual" && !strings.HasPrefix(filepath.Base(name), "hit-") {
				continue // these take their time
			}
			t.Run(what+"/"+strings.TrimPrefix(filepath.ToSlash(name), "../../samples/"), func(t *testing.T) {
				whole, cut := writeCut(t, name, w)
				validate(t, document, whole)
				a, b := said(t, whole, name), said(t, cut, "cut")
				if bytes.Contains(whole, []byte(`"connections":0,"partial":0`)) {
					delete(a, "findings") // of the capture as such: there is no authentication in it
					delete(b, "findings")
				}
				if !reflect.DeepEqual(a, b) {
					x, _ := json.MarshalIndent(a, "", " ")
					y, _ := json.MarshalIndent(b, "", " ")
					t.Errorf("the whole capture says\n%s\nthe written one\n%s", x, y)
				}
			})
		}
	}
}
