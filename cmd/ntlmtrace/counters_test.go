package main

import (
	"encoding/json"
	"os"
	"testing"

	"ntlmtrace/cmd/ntlmtrace/internal/run"
)

// TestCountersMeetSchema holds that schema.json knows every counter of what was
// not read, that those which are always there are required, and no others.
func TestCountersMeetSchema(t *testing.T) {
	text, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		Required   []string                   `json:"required"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	var schema struct {
		Defs struct {
			Summary struct {
				Properties struct {
					NotRead object `json:"not_read"`
				} `json:"properties"`
			} `json:"summary"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	known := schema.Defs.Summary.Properties.NotRead
	required := map[string]bool{}
	for _, key := range known.Required {
		required[key] = true
	}
	for _, r := range run.Rows {
		if known.Properties[r.Key] == nil {
			t.Errorf("schema.json does not know the counter %q", r.Key)
		}
		if r.Always != required[r.Key] {
			t.Errorf("%q: always there %v, but required %v", r.Key, r.Always, required[r.Key])
		}
		delete(known.Properties, r.Key)
	}
	for key := range known.Properties {
		t.Errorf("schema.json knows %q, which is no counter", key)
	}
}
