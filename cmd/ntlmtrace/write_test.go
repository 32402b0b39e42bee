package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// said is a document without what a cut capture cannot have: the name of the
// file, the numbers of its frames, and counts of what authenticates nobody.
func said(t *testing.T, text []byte) map[string]any {
	t.Helper()
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
			if i > 0 && strings.HasPrefix(words[i-1], "frame") {
				words[i] = strings.TrimLeft(w, "0123456789")
			}
		}
		return strings.Join(words, " ")
	}
	return v
}

// writeCut runs --write on a capture and gives what the capture says and what
// the packets that were written say.
func writeCut(t *testing.T, name string, flags ...string) (whole, cut []byte) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out.pcapng")
	var stdout, stderr bytes.Buffer
	args := append([]string{"--format", "json", "--write", out}, flags...)
	if status := command(t.Context(), append(args, name), nil, &stdout, &stderr); status != exitDone {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	return stdout.Bytes(), readAs(t, "json", out)
}

// TestWrittenSaysTheSame cuts every sample down to its authentication: the
// same handshakes and findings are in it.
func TestWrittenSaysTheSame(t *testing.T) {
	for _, name := range samples(t) {
		t.Run(strings.TrimPrefix(filepath.ToSlash(name), "../../samples/"), func(t *testing.T) {
			whole, cut := writeCut(t, name)
			a, b := said(t, whole), said(t, cut)
			if !reflect.DeepEqual(a, b) {
				x, _ := json.MarshalIndent(a, "", " ")
				y, _ := json.MarshalIndent(b, "", " ")
				t.Errorf("the whole capture says\n%s\nthe written one\n%s", x, y)
			}
		})
	}
}
