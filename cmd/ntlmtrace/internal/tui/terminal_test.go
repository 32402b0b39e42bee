package tui

import (
	"context"
	"os"
	"testing"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// latestPlaces are those of the sample that is read.
type latestPlaces struct{ result.Locator }

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
	o := &latestPlaces{}
	v, err := Start(ctx, os.Stdin, os.Stdout, term.Page{}.Look(os.Stdout), o, cancel, watch.View{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	h := showSamples(t, func(f *report.Finding, of result.Locator) {
		o.Locator = of
		v.Finding(f)
	}, patterns...)
	v.Note("eth1: link is up again after 4 s")
	begun := time.Now()
	for beat := time.NewTicker(500 * time.Millisecond); ctx.Err() == nil; <-beat.C {
		h.At, h.Since = time.Now(), begun
		h.PacketRate = 12000 + float64(time.Now().UnixMilli()%1000)
		v.Health(h)
	}
}
