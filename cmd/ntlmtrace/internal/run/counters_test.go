package run

import (
	"reflect"
	"slices"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/capture"
)

// notLost are the counters of what was read: nothing is missing where they go
// up.
var notLost = []string{
	"capture.Stats.Packets", "capture.Stats.Bytes", "capture.Stats.TCP", "capture.Stats.Connections",
	"capture.Stats.Retransmits", "capture.Stats.Reordered", // what arrived in another way
	"carrier.Stats.HTTPConnections", "carrier.Stats.Requests", "carrier.Stats.Responses",
	"live.Stats.Received",
	"extract.FileStats.Packets", "extract.FileStats.Bytes", "extract.FileStats.Files",
	"extract.Stats.Connections",
}

// elsewhere are the counters that are shown, but not as what was not read.
var elsewhere = []string{
	// In what --write wrote: they are missing in its file, and were read.
	"extract.Stats.Partial", "extract.Stats.Early", "extract.Stats.Cut", "extract.Stats.Forgotten",
	// Sums that the analysis makes of what the sources count.
	"report.NotRead.TLSConnections", "report.NotRead.HTTP2Connections", "report.NotRead.Gaps", "report.NotRead.CutPackets",
	"report.NotRead.Duplicates", "report.NotRead.OneSided", "report.NotRead.Evicted", "report.NotRead.DroppedBytes", "report.NotRead.NotDecoded",
}

// TestEveryCounterIsInARow counts one of each thing that any part of a run
// counts: it is in a row, or in a list above with the reason.
func TestEveryCounterIsInARow(t *testing.T) {
	seen := map[string]bool{}
	totals := &Totals{Sources: make([]analysis.SourceReport, 1)}
	eachCounter(reflect.ValueOf(totals).Elem(), func(name string) {
		seen[name] = true
		shown := len(totals.Counters().Seen()) > 0
		expected := !slices.Contains(notLost, name) && !slices.Contains(elsewhere, name)
		switch {
		case expected && !shown:
			t.Errorf("%s is in no row: nobody is shown it", name)
		case !expected && shown:
			t.Errorf("%s is in a row, and in a list of those that are in none", name)
		}
	})
	for _, name := range slices.Concat(notLost, elsewhere) {
		if !seen[name] {
			t.Errorf("there is no counter %s any more", name)
		}
	}
	if !seen["capture.Stats.NotDecoded"] {
		t.Error("counters by reason were passed over")
	}
}

// eachCounter sets each counter in v alone to 1 and calls found with its name.
func eachCounter(v reflect.Value, found func(name string)) {
	for i := range v.NumField() {
		f := v.Field(i)
		name := v.Type().String() + "." + v.Type().Field(i).Name
		switch f.Kind() {
		case reflect.Int64:
			f.SetInt(1)
			found(name)
			f.SetInt(0)
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]int64{"reason": 1}))
			found(name)
			f.SetZero()
		case reflect.Struct:
			eachCounter(f, found)
		case reflect.Slice:
			eachCounter(f.Index(0), found)
		}
	}
}

func TestCounters(t *testing.T) {
	totals := &Totals{Drops: 2, Sources: []analysis.SourceReport{
		{Capture: capture.Stats{Gaps: 3, NotDecoded: map[string]int64{"IPX": 1, "AppleTalk": 2}}},
		{Capture: capture.Stats{Gaps: 4, NotDecoded: map[string]int64{"IPX": 5}}},
	}}
	c := totals.Counters()
	for key, want := range map[string]int64{"gaps": 7, "not_decoded": 8, KernelDrops: 2, "evicted": 0} {
		if got := c.Value(key); got != want {
			t.Errorf("%s is %d, want %d", key, got, want)
		}
	}
	var words []string
	for _, n := range c.Seen() {
		words = append(words, n.Words)
	}
	want := []string{
		"packets that the capturing machine dropped (live: --ring)", "gaps in streams: packets that were not captured",
		"packets not decoded: AppleTalk", "packets not decoded: IPX",
	}
	if !slices.Equal(words, want) {
		t.Errorf("got %q, want %q", words, want)
	}
}
