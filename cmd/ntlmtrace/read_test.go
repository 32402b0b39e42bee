package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/capture/capturetest"
)

var (
	pc1   = capturetest.NewHost("10.9.0.10")
	web01 = capturetest.NewHost("10.9.0.20")
)

// output is what the tests look at in a document.
type readResult struct {
	Sources []struct {
		Name    string `json:"name"`
		Packets int    `json:"packets"`
	} `json:"sources"`
	Handshakes []struct {
		ID       int64             `json:"id"`
		Source   string            `json:"source"`
		User     string            `json:"user"`
		Outcome  string            `json:"outcome"`
		Time     string            `json:"time"`
		Frames   map[string]int    `json:"frames"`
		FramesIn map[string]string `json:"frames_in"`
	} `json:"handshakes"`
	Findings []struct {
		Rule     string `json:"rule"`
		Evidence []struct {
			Text string `json:"text"`
		} `json:"evidence"`
	} `json:"findings"`
	Summary struct {
		Packets     int `json:"packets"`
		Connections int `json:"connections"`
		Handshakes  int `json:"handshakes"`
		NotRead     struct {
			KernelDrops int `json:"kernel_drops"`
		} `json:"not_read"`
	} `json:"summary"`
}

// readJSON reads files, given by name and contents in the order of the command
// line, and gives the document without the folder in the names of sources.
func readJSON(t *testing.T, files ...[]byte) readResult {
	t.Helper()
	dir := t.TempDir()
	args := []string{"--format", "json"}
	for i, f := range files {
		name := filepath.Join(dir, string(rune('a'+i))+".pcap")
		if err := os.WriteFile(name, f, 0o644); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	var stdout, stderr bytes.Buffer
	if status := command(t.Context(), args, nil, &stdout, &stderr); status != exitDone {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	var out readResult
	text := strings.ReplaceAll(stdout.String(), dir+string(filepath.Separator), "")
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return out
}

// basicRequest carries the credentials of alice.
func basicRequest(target string) string {
	return capturetest.Request("GET", target, "web01.corp.example", "Authorization: Basic YWxpY2U6U2VjcmV0MQ==")
}

// pcapHeader is the length of the header of a pcap file.
const pcapHeader = 24

// cut gives the frames of c from number first to last as a file.
func cut(t *testing.T, c *capturetest.Capture, first, last int) []byte {
	t.Helper()
	file := c.PCAP()
	return fileOf(file, recordsOf(t, file)[first-1:last])
}

// TestContinuedFiles cuts one capture in two in the middle of a request: both
// files together say what the whole says, whatever the order in which they are
// given, with the frame numbers of each file.
func TestContinuedFiles(t *testing.T) {
	c := capturetest.New()
	k := c.Dial(pc1, web01.At(80))
	k.Split(20).Client(basicRequest("/reports"))
	second := k.Frame().Number
	k.Server(capturetest.Response(200, 64))
	result := k.Frame().Number
	k.Close()
	n := len(c.Frames())

	whole := readJSON(t, cut(t, c, 1, n))
	if len(whole.Handshakes) != 1 || whole.Handshakes[0].Frames["authenticate"] != second {
		t.Fatalf("the whole capture gives %+v", whole.Handshakes)
	}
	for at := 1; at < n; at++ {
		first, rest := cut(t, c, 1, at), cut(t, c, at+1, n)
		for _, swapped := range []bool{false, true} {
			files, names := [][]byte{first, rest}, []string{"a.pcap", "b.pcap"}
			if swapped {
				slices.Reverse(files)
				slices.Reverse(names)
			}
			out := readJSON(t, files...)
			if len(out.Handshakes) != 1 {
				t.Fatalf("cut after frame %d: %d handshakes", at, len(out.Handshakes))
			}
			h := out.Handshakes[0]
			source, frame := names[0], second
			if second > at {
				source, frame = names[1], second-at
			}
			if h.Source != source || h.Frames["authenticate"] != frame || h.User != "alice" || h.Outcome != "accepted" {
				t.Errorf("cut after frame %d: credentials in %s frame %d (%s, %s), want %s frame %d",
					at, h.Source, h.Frames["authenticate"], h.User, h.Outcome, source, frame)
			}
			if in := h.FramesIn["result"]; (second <= at && result > at) != (in == names[1]) {
				t.Errorf("cut after frame %d: the result is in %q", at, in)
			}
			if out.Summary.Connections != 1 || out.Summary.Packets != n {
				t.Errorf("cut after frame %d: %+v", at, out.Summary)
			}
		}
	}
}

// TestContinuedFindings cuts the double hop in two after every frame: the same
// is found, and every frame that its texts name is that of its own file.
func TestContinuedFindings(t *testing.T) {
	text, err := os.ReadFile("../../samples/double-hop.pcap")
	if err != nil {
		t.Fatal(err)
	}
	records := recordsOf(t, text)
	const challenge = 7 // the frame that the evidence of frame 8 names
	for at := 1; at < len(records); at++ {
		out := readJSON(t, fileOf(text, records[:at]), fileOf(text, records[at:]))
		if len(out.Findings) != 1 || out.Findings[0].Rule != "double-hop-token-replay" {
			t.Fatalf("cut after frame %d: %+v", at, out.Findings)
		}
		number := challenge
		if at < challenge {
			number -= at
		}
		want := fmt.Sprintf("answers the challenge in frame %d ", number)
		if e := out.Findings[0].Evidence[0]; !strings.Contains(e.Text, want) {
			t.Errorf("cut after frame %d: %q is not in %q", at, want, e.Text)
		}
	}
}

// recordsOf takes a little-endian pcap file apart.
func recordsOf(t *testing.T, file []byte) [][]byte {
	t.Helper()
	var records [][]byte
	for rest := file[pcapHeader:]; len(rest) > 0; {
		n := 16 + int(binary.LittleEndian.Uint32(rest[8:]))
		records = append(records, rest[:n])
		rest = rest[n:]
	}
	return records
}

// fileOf puts records under the header of a file.
func fileOf(file []byte, records [][]byte) []byte {
	return slices.Concat(file[:pcapHeader], slices.Concat(records...))
}

// TestOverlappingFiles reads one conversation from two places: each is a tap
// of its own, with all packets counted, and the logon is told once.
func TestOverlappingFiles(t *testing.T) {
	c := capturetest.New()
	k := c.Dial(pc1, web01.At(80)).Client(basicRequest("/reports")).Server(capturetest.Response(200, 64))
	frame := k.Frame().Number
	k.Close()
	n := len(c.Frames())
	whole := cut(t, c, 1, n)
	out := readJSON(t, whole, whole)
	if out.Summary.Packets != 2*n || len(out.Sources) != 2 || out.Sources[1].Packets != n {
		t.Errorf("packets are missing: %+v, %+v", out.Summary, out.Sources)
	}
	if len(out.Handshakes) != 1 {
		t.Fatalf("%d handshakes, want 1: %+v", len(out.Handshakes), out.Handshakes)
	}
	if h := out.Handshakes[0]; h.Source != "a.pcap" || h.Frames["result"] != frame {
		t.Errorf("got %+v", h)
	}
}

// TestTapsTakeTurns reads two different conversations of the same time: the
// handshakes come in the order of the capture times.
func TestTapsTakeTurns(t *testing.T) {
	var files [][]byte
	for i, delay := range []time.Duration{0, time.Second} {
		c := capturetest.New()
		c.Wait(delay)
		k := c.Dial(pc1, web01.At(8080+uint16(i)))
		for range 5 {
			k.Client(basicRequest("/")).Server(capturetest.Response(200, 64)).Wait(2 * time.Second)
		}
		k.Close()
		files = append(files, cut(t, c, 1, len(c.Frames())))
	}
	out := readJSON(t, files[1], files[0])
	var sources string
	for i, h := range out.Handshakes {
		sources += h.Source[:1]
		if i > 0 && h.Time < out.Handshakes[i-1].Time {
			t.Errorf("handshake %d comes late", h.ID)
		}
	}
	if want := "bababababa"; sources != want {
		t.Errorf("handshakes are from %s, want %s", sources, want)
	}
}
