package main

import (
	"bytes"
	"testing"
)

func TestWrongFilterIsWrongUsage(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if status := command(t.Context(), []string{"--filter", "tcp and", "a.pcap"}, nil, &stdout, &stderr); status != exitUsage {
		t.Errorf("exit status %d: %s", status, &stderr)
	}
}

func TestFilteredOutputMeetsSchema(t *testing.T) {
	validate(t, compileSchema(t, "schema.json"), readAs(t, "json", "--filter", "host 10.9.0.30", "../../samples/double-hop.pcap"))
}
