package http_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"ntlmtrace/capture/capturetest/packettest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// facts is what a head with authentication says, by field. A field that is
// absent or empty has no value.
type facts struct {
	frame  int64
	way    string // sender > receiver
	prefix string
	values map[string]string
}

func newFacts(frame int64, way string) facts {
	return facts{frame: frame, way: way, values: make(map[string]string)}
}

// within returns the facts of token n of a field of the same head.
func (f facts) within(field string, n int) facts {
	f.prefix = fmt.Sprintf("%s token %d ", field, n)
	return f
}

func (f facts) set(field, value string) {
	if value != "" {
		f.values[f.prefix+field] = value
	}
}

// authentic reports whether the head carries authentication at all.
func (f facts) authentic() bool {
	for _, field := range authFields {
		if f.values[field] != "" {
			return true
		}
	}
	return false
}

func present(is bool) string {
	if is {
		return "present"
	}
	return ""
}

// tsharkFault is a difference that is tshark's.
type tsharkFault struct {
	capture string
	frame   int64
	field   string // what the names of the fields begin with; "" for the head as a whole
	own     string // part of what is read instead
	reason  string
}

const (
	lowerCase = `it knows no scheme in lower case: "Authorization: ntlm TlRMTVNT..."`
	inTunnel  = `it does not look for HTTP inside a tunnel to port 80: "CONNECT weba.lab.test:80", 200, "GET /ntlm/index.html"`
)

// tsharkFaults are the faults of tshark 4.0 that the shared captures show. A
// row that is not needed fails.
var tsharkFaults = []tsharkFault{
	{"12-odd-headers.pcap", 88, "Authorization token 0", "", lowerCase},
	{"12-odd-headers.pcap", 92, "Authorization token 0", "", lowerCase},
	{"13-connect-cl.pcap", 81, "", "message:1", inTunnel},
	{"13-connect-cl.pcap", 82, "", "message:2", inTunnel},
	{"13-connect-cl.pcap", 83, "", "user:bob", inTunnel},
	{"13-connect-proxy-any.pcap", 120, "", "message:1", inTunnel},
	{"13-connect-proxy-any.pcap", 125, "", "message:2", inTunnel},
	{"13-connect-proxy-any.pcap", 126, "", "user:bob", inTunnel},
}

func (f *tsharkFault) explains(capture string, d difference) bool {
	return f.capture == capture && f.frame == d.frame && strings.Contains(d.got, f.own) &&
		(f.field == d.field || f.field != "" && strings.HasPrefix(d.field, f.field))
}

// findTshark skips the test where the tshark that the faults are of is not
// there.
func findTshark(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("tshark takes a third of a second for each capture")
	}
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip(err)
	}
	version, err := exec.Command(program, "--version").Output()
	if err != nil || !strings.HasPrefix(string(version), "TShark (Wireshark) 4.0.") {
		line, _, _ := strings.Cut(string(version), "\n")
		t.Skipf("%s: not version 4.0: %s (%v)", program, line, err)
	}
	return program
}

// TestAgreesWithTshark holds every head with authentication in the shared
// captures against what tshark says of it, field by field.
func TestAgreesWithTshark(t *testing.T) {
	program := findTshark(t)
	captures := httpCaptures(t, packettest.SharedDir(t))
	var heads, fields atomic.Int64
	t.Run("captures", func(t *testing.T) {
		for _, path := range captures {
			t.Run(filepath.Base(path), func(t *testing.T) {
				t.Parallel()
				want := tsharkFacts(t, program, path)
				sink := newFactSink()
				decodeFile(t, path, sink)
				judge(t, filepath.Base(path), differences(sink.facts(), want))
				heads.Add(int64(len(want)))
				fields.Add(int64(countFields(want)))
			})
		}
	})
	t.Logf("%d captures, %d heads, %d fields", len(captures), heads.Load(), fields.Load())
}

// judge reports the differences in a capture that are no known fault of tshark,
// and the known faults that made none.
func judge(t *testing.T, capture string, found []difference) {
	t.Helper()
	used := make(map[int]bool)
	for _, d := range found {
		i := slices.IndexFunc(tsharkFaults, func(f tsharkFault) bool { return f.explains(capture, d) })
		if i < 0 {
			t.Error(d)
		}
		used[i] = true
	}
	for i, f := range tsharkFaults {
		if f.capture == capture && !used[i] {
			t.Errorf("frame %d: tshark agrees: not so that %s", f.frame, f.reason)
		}
	}
}

func countFields(list []facts) (n int) {
	for _, f := range list {
		n += len(f.values)
	}
	return n
}

// difference is a field of a head in which two readings differ.
type difference struct {
	frame     int64
	way       string
	field     string // "" if one of them lacks the head
	got, want string
}

func (d difference) String() string {
	field := d.field
	if field == "" {
		field = "the head"
	}
	return fmt.Sprintf("frame %d, %s, %s: got %q, tshark has %q", d.frame, d.way, field, d.got, d.want)
}

// differences compares the heads of two readings, those of one frame and way in
// their order.
func differences(got, want []facts) (all []difference) {
	g, w := byPlace(got), byPlace(want)
	places := maps.Clone(g)
	maps.Copy(places, w)
	for _, place := range slices.Sorted(maps.Keys(places)) {
		for i := range max(len(g[place]), len(w[place])) {
			all = append(all, headDifferences(at(g[place], i), at(w[place], i))...)
		}
	}
	return all
}

func byPlace(list []facts) map[string][]facts {
	places := make(map[string][]facts)
	for _, f := range list {
		place := fmt.Sprintf("%09d %s", f.frame, f.way)
		places[place] = append(places[place], f)
	}
	return places
}

func at(list []facts, i int) facts {
	if i >= len(list) {
		return facts{}
	}
	return list[i]
}

func headDifferences(got, want facts) (all []difference) {
	switch {
	case got.frame == 0:
		return []difference{{frame: want.frame, way: want.way, want: fmt.Sprint(want.values)}}
	case want.frame == 0:
		return []difference{{frame: got.frame, way: got.way, got: fmt.Sprint(got.values)}}
	}
	fields := maps.Clone(got.values)
	maps.Copy(fields, want.values)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if g, w := got.values[field], want.values[field]; g != w {
			all = append(all, difference{got.frame, got.way, field, g, w})
		}
	}
	return all
}

// httpCaptures returns the shared captures that hold authentication in HTTP.
func httpCaptures(t *testing.T, shared string) (paths []string) {
	t.Helper()
	catalog, err := os.Open(filepath.Join(shared, "captures", "catalog.tsv"))
	if err != nil {
		t.Skip(err)
	}
	defer catalog.Close()
	const firstCount, lastCount = 11, 14 // http_authorization to proxy_authenticate
	lines := bufio.NewScanner(catalog)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		columns := strings.Split(lines.Text(), "\t")
		for _, count := range columns[firstCount : lastCount+1] {
			if count > "0" && count <= "9999" {
				paths = append(paths, filepath.Join(shared, "captures", "files", columns[0]))
				break
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(shared, "lab", "expect.json"))
	if err != nil {
		t.Skip(err)
	}
	var lab map[string]struct{ Capture string }
	if err := json.Unmarshal(text, &lab); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(lab)) {
		paths = append(paths, filepath.Join(shared, "lab", lab[name].Capture))
	}
	return paths
}
