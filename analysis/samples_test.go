package analysis_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/rules"
)

// want is one line of a .want file, see package samples.
type want struct {
	Rule, Severity, Confidence, User string
	Client                           netip.Addr
	Servers                          []netip.AddrPort
	Evidence                         []int64
}

// TestSamples reads every sample: what its .want file names must be found, and
// nothing else.
func TestSamples(t *testing.T) {
	for _, name := range sampleFiles(t) {
		t.Run(strings.TrimPrefix(name, "../samples/"), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := analysistest.Read(b, analysis.Options{})
			if err != nil {
				t.Fatal(err)
			}
			compare(t, r.Findings, wants(t, strings.TrimSuffix(name, ".pcap")+".want"))
			for _, f := range r.Findings {
				for _, text := range append([]string{f.Summary, f.Why, f.Fix, f.Filter}, texts(f.Evidence)...) {
					if strings.Contains(text, "%!") {
						t.Errorf("%s says %q: an argument fits no verb", f.Rule.ID, text)
					}
				}
			}
		})
	}
}

func texts(list []report.Evidence) (out []string) {
	for _, e := range list {
		out = append(out, e.Text)
	}
	return out
}

// TestEveryRuleHasSamples holds the catalogue against the samples: two that
// the rule must report and three that it must not.
func TestEveryRuleHasSamples(t *testing.T) {
	for _, r := range rules.All {
		for kind, least := range map[string]int{"hit": 2, "miss": 3} {
			names, _ := filepath.Glob("../samples/" + r.ID + "/" + kind + "-*.pcap")
			if len(names) < least {
				t.Errorf("%s has %d samples %s-*.pcap, want %d", r.ID, len(names), kind, least)
			}
		}
	}
}

func sampleFiles(t *testing.T) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir("../samples", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".pcap") {
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatal("no samples: ", err)
	}
	return names
}

func wants(t *testing.T, name string) []want {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out []want
	for line := range bytes.Lines(b) {
		var w want
		if err := json.Unmarshal(line, &w); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, w)
	}
	return out
}

func compare(t *testing.T, got []*report.Finding, wanted []want) {
	t.Helper()
	for _, w := range wanted {
		i := slices.IndexFunc(got, func(f *report.Finding) bool { return w.mismatch(f) == "" })
		if i >= 0 {
			got = slices.Delete(slices.Clone(got), i, i+1)
			continue
		}
		why := "no finding of that rule"
		for _, f := range got {
			if f.Rule.ID == w.Rule {
				why = w.mismatch(f)
			}
		}
		t.Errorf("missing %+v: %s", w, why)
	}
	for _, f := range got {
		t.Errorf("not wanted: %s %s %s: %s %v", f.Severity, f.Rule.ID, f.Confidence, f.Summary, frames(f))
	}
}

// mismatch says what of f is not as w has it; "" if nothing.
func (w want) mismatch(f *report.Finding) string {
	servers := slices.Clone(f.Servers)
	slices.SortFunc(servers, netip.AddrPort.Compare)
	wanted := slices.Clone(w.Servers)
	slices.SortFunc(wanted, netip.AddrPort.Compare)
	switch {
	case f.Rule.ID != w.Rule:
		return "another rule"
	case f.Severity.String() != w.Severity:
		return "severity " + f.Severity.String()
	case w.Confidence != "" && f.Confidence.String() != w.Confidence:
		return "confidence " + f.Confidence.String()
	case w.User != "" && f.User != w.User:
		return fmt.Sprintf("user %q", f.User)
	case w.Client.IsValid() && f.Client != w.Client:
		return "client " + f.Client.String()
	case len(wanted) > 0 && !slices.Equal(wanted, servers):
		return fmt.Sprintf("servers %v", servers)
	}
	for _, n := range w.Evidence {
		if !slices.Contains(frames(f), n) {
			return fmt.Sprintf("frame %d is not in the evidence %v", n, frames(f))
		}
	}
	return ""
}

func frames(f *report.Finding) []int64 {
	var out []int64
	for _, e := range f.Evidence {
		out = append(out, e.Frame)
	}
	return out
}
