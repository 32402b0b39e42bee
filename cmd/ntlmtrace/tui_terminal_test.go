package main

import (
	"context"
	"ntlmtrace/analysis/report"
	"os"
	"testing"
	"time"
)

// TestScreenOnTerminal shows the samples on the terminal until q is pressed. It
// is for a person who wants to see the screen:
//
//	go test -c ./cmd/ntlmtrace && cd cmd/ntlmtrace
//	NTLMTRACE_SCREEN=many ../../ntlmtrace.test -test.run TestScreenOnTerminal
func TestScreenOnTerminal(t *testing.T) {
	patterns := map[string][]string{"few": fewSamples, "many": manySamples}[os.Getenv("NTLMTRACE_SCREEN")]
	if patterns == nil {
		t.Skip("NTLMTRACE_SCREEN is neither few nor many: it needs a terminal and a person")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := &origins{}
	v, err := newTUI(ctx, os.Stdin, os.Stdout, lookOf(os.Stdout, &settings{}), o, cancel, liveView{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.close()
	h := showSamples(t, func(f *report.Finding, of *origins) {
		*o = *of
		v.finding(f)
	}, patterns...)
	v.note("eth1: link is up again after 4 s")
	begun := time.Now()
	for beat := time.NewTicker(500 * time.Millisecond); ctx.Err() == nil; <-beat.C {
		h.At, h.Since = time.Now(), begun
		h.PacketRate = 12000 + float64(time.Now().UnixMilli()%1000)
		v.health(h)
	}
}
