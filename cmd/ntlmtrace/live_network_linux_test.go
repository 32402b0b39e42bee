package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-ntlmssp"

	"ntlmtrace/capture/capturetest/nettest"
	"ntlmtrace/cmd/ntlmtrace/internal/logontest"
	"ntlmtrace/cmd/ntlmtrace/internal/outputtest"
)

// site is a client, a front end and a server behind it. The front end has a
// network of its own, in which its eth0 sees both legs of a double hop.
type site struct {
	t      *testing.T
	front  *nettest.Network
	client http.Client
	hangUp func() // closes the connections that wait for another request
}

// newSite builds the site. Whoever asks the front end for /hop makes it send
// the token that it was given to the server behind it.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, front: nettest.New(t)}
	others := nettest.New(t)
	s.front.Wire("eth0", []string{"10.9.0.20/24"}, others, "out0", []string{"10.9.0.10/24", "10.9.0.30/24"})

	back, front := &logontest.Server{}, &logontest.Server{}
	back.Init("MBX02")
	front.Init("WEB01")
	serve(t, others.Listen("10.9.0.30:80"), back)
	behind := http.Client{Transport: &http.Transport{DialContext: s.front.Dialer("10.9.0.20")}}
	serve(t, s.front.Listen("10.9.0.20:80"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		front.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK || r.URL.Path != "/hop" {
			copyAnswer(w, answer.Result())
			return
		}
		second, _ := http.NewRequestWithContext(r.Context(), http.MethodGet, "http://10.9.0.30/mail", nil)
		second.Header.Set("Authorization", r.Header.Get("Authorization"))
		if got, err := behind.Do(second); err != nil {
			t.Error(err)
		} else {
			copyAnswer(w, got)
		}
	}))
	outside := &http.Transport{DialContext: others.Dialer("10.9.0.10")}
	s.client.Transport = ntlmssp.Negotiator{RoundTripper: outside}
	s.hangUp = func() {
		outside.CloseIdleConnections()
		behind.CloseIdleConnections()
	}
	return s
}

// serve answers HTTP at l until the test ends.
func serve(t *testing.T, l net.Listener, h http.Handler) {
	s := &http.Server{Handler: h, ConnContext: logontest.ConnContext}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
}

func copyAnswer(w http.ResponseWriter, r *http.Response) {
	defer r.Body.Close()
	for k, v := range r.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(r.StatusCode)
	io.Copy(w, r.Body)
}

// get logs alice on, with all that go-ntlmssp sends for it, and wants a status.
func (s *site) get(path string, want int) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "http://10.9.0.20"+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.SetBasicAuth(`CORP\alice`, "Secret1")
	answer, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
	if answer.StatusCode != want {
		s.t.Fatalf("%s: %s", path, answer.Status)
	}
}

// startTcpdump captures the TCP packets of an interface in a file, until it is
// stopped.
func startTcpdump(t *testing.T, n *nettest.Network, iface string) (file string, stop func()) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "tcpdump.pcap")
	c := exec.Command("tcpdump", "-n", "-s", "0", "-U", "--immediate-mode", "--time-stamp-precision=nano", "-Z", "root", "-i", iface, "-w", file, "tcp")
	var said outputtest.Text
	c.Stderr = &said
	n.Start(c)
	said.Await(t, "listening on")
	return file, func() {
		c.Process.Signal(os.Interrupt)
		c.Wait()
	}
}

// TestLiveSaysWhatTcpdumpsFileSays captures real logons twice, with tcpdump and
// live: the JSON is the same, and a double hop is told within a second.
func TestLiveSaysWhatTcpdumpsFileSays(t *testing.T) {
	s := newSite(t)
	file, stop := startTcpdump(t, s.front, "eth0")
	document := startLive(t, s.front, "-i", "eth0", "--format", "json", "--handshakes")

	s.get("/", http.StatusOK)
	took := s.timeToTell()
	for try := 1; took > time.Second && try < 3; try++ {
		took = s.timeToTell() // the machine may be busy
	}
	if took > time.Second {
		t.Errorf("the double hop is told %s after its last packet", took)
	}
	t.Logf("the double hop is told %s after its last packet", took)
	s.get("/", http.StatusOK)
	s.hangUp()
	await(t, "quiet", settled(file))

	if status := document.stop(); status != exitDone {
		t.Errorf("exit status %d: %s", status, &document.stderr)
	}
	stop()
	want := readAs(t, "json", file)
	if got, want := timeless(t, document.stdout.Bytes()), timeless(t, want); !reflect.DeepEqual(got, want) {
		t.Errorf("live gives\n%s\nthe file of tcpdump gives\n%s", indented(got), indented(want))
	}
}

// timeToTell stages a double hop and gives how long after its last packet a
// capture that was begun for it tells it.
func (s *site) timeToTell() time.Duration {
	s.t.Helper()
	lines := startLive(s.t, s.front, "-i", "eth0", "--format", "jsonl")
	s.get("/hop", http.StatusUnauthorized)
	over := time.Now() // the last packet of the hop was before
	lines.stdout.Await(s.t, `"rule":"double-hop-token-forwarded"`)
	took := time.Since(over)
	if status := lines.stop(); status != exitDone {
		s.t.Errorf("exit status %d: %s", status, &lines.stderr)
	}
	schema := compileSchema(s.t, "schema.json#/$defs/line")
	for l := range bytes.Lines(lines.stdout.Bytes()) {
		validate(s.t, schema, l)
	}
	return took
}

// await looks every 100 ms until something is so.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(outputtest.Soon); !is(); {
		if time.Now().After(end) {
			t.Fatalf("not %s in time", what)
		}
		<-time.After(100 * time.Millisecond)
	}
}

// settled reports that a file has not grown for five looks.
func settled(file string) func() bool {
	var size, same int64
	return func() bool {
		info, err := os.Stat(file)
		if err != nil || info.Size() != size {
			size, same = info.Size(), 0
		}
		same++
		return same > 5
	}
}

var (
	frameText    = regexp.MustCompile(`frame \d+`)
	durationText = regexp.MustCompile(`\b[\d.]+ m?s\b`)
)

// timeless gives a document without times, frame numbers and the name of its
// source. Two captures of one packet are some microseconds apart, which may
// show in a rounded duration.
func timeless(t *testing.T, document []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatalf("%v: %s", err, document)
	}
	return withoutTimes("", v)
}

func withoutTimes(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = withoutTimes(k, v[k])
		}
	case []any:
		for i := range v {
			v[i] = withoutTimes(key, v[i])
		}
	case string:
		if key == "time" || key == "first" || key == "last" || key == "name" || key == "source" {
			return "..."
		}
		return durationText.ReplaceAllString(frameText.ReplaceAllString(v, "frame N"), "N ms")
	case float64:
		switch key {
		case "frame", "request", "negotiate", "challenge", "authenticate", "result": // frames and step_ms
			return "..."
		}
	}
	return v
}

func indented(v any) []byte {
	b, _ := json.MarshalIndent(v, "", " ")
	return b
}

// TestLiveFiltersInKernel captures what a filter wants, of frames with a
// VLAN tag, which the kernel takes out and the program puts back.
func TestLiveFiltersInKernel(t *testing.T) {
	for _, tt := range []struct {
		filter  string
		packets int
		hop     bool // the double hop can be seen
	}{
		{"vlan 7 and host 10.9.0.10", 22, true},
		{"vlan 7 and host 10.9.0.20", 13, false},
		{"vlan 8", 0, false},
	} {
		l := startLoaded(t, "--format", "json", "--filter", tt.filter)
		for _, f := range sampleFrames(t, "double-hop.pcap") {
			tagged := slices.Concat(f[:12], []byte{0x81, 0, 0, 7}, f[12:])
			l.send([][]byte{tagged, f})
		}
		out := l.finish()
		hop := strings.Contains(l.stdout.String(), `"double-hop-token-replay"`)
		if out.Summary.Packets != tt.packets || hop != tt.hop {
			t.Errorf("%s: %d packets, double hop %t", tt.filter, out.Summary.Packets, hop)
		}
	}
}

// TestLiveAny captures on any interface: it is named, as is what is written of
// it.
func TestLiveAny(t *testing.T) {
	name := filepath.Join(t.TempDir(), "any.pcapng")
	s := newSite(t)
	p := startLive(t, s.front, "-i", "any", "--write", name, "--write-files", "0")
	s.get("/hop", http.StatusUnauthorized)
	p.stdout.Await(t, "double-hop-token-forwarded")
	if status := p.stop(); status != exitDone || !strings.Contains(p.stderr.String(), "ntlmtrace: packets come from eth0\n") {
		t.Errorf("exit status %d: %s", status, &p.stderr)
	}
	kept, err := os.ReadFile(name)
	if err != nil || !bytes.Contains(kept, []byte("eth0")) {
		t.Errorf("eth0 is not in what was written: %v", err)
	}
	if got := readAs(t, "json", name); !bytes.Contains(got, []byte(`"double-hop-token-forwarded"`)) {
		t.Errorf("what was written shows\n%s", got)
	}
}
