package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest"
	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
)

// What goes wrong around a live capture, with the program itself. None of it
// crashes it, and whatever is lost is said.

var synCount = flag.Int("syns", 1_000_000, "how many connections TestLiveSYNFlood begins")

// sampleFrames are the frames of a capture under samples/.
func sampleFrames(t *testing.T, name string) (frames [][]byte) {
	t.Helper()
	for _, p := range samplestest.Packets(t, name) {
		frames = append(frames, p.Data)
	}
	return frames
}

// told waits for a finding of the double hop.
func (l *loaded) told() {
	l.t.Helper()
	l.stdout.Await(l.t, "double-hop-token-replay")
}

// document reads what the capture gave as JSON lines.
func (l *loaded) summary() (s struct {
	Packets     int `json:"packets"`
	Connections int `json:"connections"`
	NotRead     struct {
		KernelDrops  int `json:"kernel_drops"`
		OutputDrops  int `json:"output_drops"`
		Gaps         int `json:"gaps"`
		DroppedBytes int `json:"dropped_bytes"`
		Evicted      int `json:"evicted"`
	} `json:"not_read"`
	Written struct {
		Lost int `json:"lost"`
	} `json:"written"`
}) {
	l.t.Helper()
	for line := range strings.Lines(l.stdout.String()) {
		if strings.HasPrefix(line, `{"type":"summary"`) {
			if err := json.Unmarshal([]byte(line), &s); err != nil {
				l.t.Fatal(err)
			}
			return s
		}
	}
	l.t.Fatalf("no summary: %s", &l.stdout)
	return s
}

// TestLiveLinkGoes takes the link away in the middle of a double hop, gives it
// back, and removes the interface at last.
func TestLiveLinkGoes(t *testing.T) {
	l := startLoaded(t)
	frames := sampleFrames(t, "double-hop.pcap")
	l.send(frames[:9])
	l.front.IP("link set dev eth0 down")
	l.stderr.Await(t, "eth0: the link is down")
	l.front.IP("link set dev eth0 up")
	l.stderr.Await(t, "eth0: the link is up")
	l.front.IP("link set dev eth0 up") // waits until that is true
	l.send(frames[9:])
	l.told()
	l.front.IP("link del dev eth0")
	if status := l.wait(); status != exitFailed {
		t.Errorf("exit status %d", status)
	}
	if want := "ntlmtrace: eth0: the interface was removed\n"; !strings.HasSuffix(l.stderr.String(), want) {
		t.Errorf("standard error is %q", &l.stderr)
	}
	if !strings.Contains(l.stdout.String(), "\neth0: 22 packets, ") {
		t.Errorf("no tables, or packets are missing:\n%s", &l.stdout)
	}
}

// smallDisk is a folder with room for so many bytes.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("needs the right to mount: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// TestLiveFullDisk lets results and packets fill a disk: the capture goes on,
// and says how much is missing.
func TestLiveFullDisk(t *testing.T) {
	dir := smallDisk(t, 256<<10)
	l := startLoaded(t, "--format", "jsonl", "--output", filepath.Join(dir, "live.jsonl"), "--write", filepath.Join(dir, "kept.pcapng"), "--write-files", "0")
	g := newBusySite()
	for range 10 {
		l.send(g.second(300, 0, 1, 5000))
	}
	l.stderr.Await(t, "live.jsonl: no space left on device")
	l.stderr.Await(t, "packets cannot be written, it is tried again: ")
	if status := l.stop(); status != exitFailed {
		t.Errorf("exit status %d", status)
	}
	for _, want := range []string{"lines could not be written", "packets could not be written"} {
		if !strings.Contains(l.stderr.String(), want) {
			t.Errorf("%q is not in %s", want, &l.stderr)
		}
	}
	kept, err := os.ReadFile(filepath.Join(dir, "kept.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	if got := readJSON(t, kept); got.Summary.Packets == 0 || strings.Contains(fmt.Sprint(got.Sources), "truncated") {
		t.Errorf("what was kept: %+v", got)
	}
}

// TestLivePipeBreaks ends with its reader.
func TestLivePipeBreaks(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	l := startLoaded(t) // and another one beside it
	p := &liveProcess{t: t, cmd: ntlmtraceCommand(t, "live", "-i", "eth0"), ended: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = w, &p.stderr
	l.front.Start(p.cmd)
	w.Close()
	go func() { p.ended <- p.cmd.Wait() }()
	p.stderr.Await(t, "ntlmtrace: reading ")
	r.Close()
	if status := p.wait(); status != exitFailed || !strings.Contains(p.stderr.String(), "standard output: the reader has gone") {
		t.Errorf("exit status %d: %s", status, &p.stderr)
	}
	l.send(sampleFrames(t, "double-hop.pcap"))
	l.told()
}

// TestLiveStopsInTheMiddle ends a capture while packets come as fast as they
// can.
func TestLiveStopsInTheMiddle(t *testing.T) {
	l := startLoaded(t, "--format", "jsonl")
	l.send(sampleFrames(t, "double-hop.pcap"))
	over, sent := make(chan bool), make(chan int)
	go func() {
		g, n := newBusySite(), 0
		frames := g.second(50, 450, 0, 50_000)
		for {
			select {
			case <-over:
				sent <- n
				return
			default:
			}
			if l.sender.Send(frames) != nil {
				t.Error("cannot send")
			}
			n += len(frames)
		}
	}()
	l.told()
	began := time.Now()
	status := l.stop()
	took := time.Since(began)
	over <- true
	if n := <-sent; status != exitDone || l.summary().Packets == 0 || l.summary().Packets > n+22 {
		t.Errorf("exit status %d, %+v of %d packets", status, l.summary(), n+22)
	}
	if took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestLiveSYNFlood begins connections that never go on, from as many addresses:
// memory is bounded, and a double hop is found after it.
func TestLiveSYNFlood(t *testing.T) {
	l := startLoaded(t, "--format", "jsonl", "--max-memory", "64MiB", "--metrics", "127.0.0.1:9464")
	w := newSoakWatch(t, l)
	syn := conversation(func(c *capturetest.Capture) {
		c.Dial(capturetest.NewHost("10.40.0.1"), capturetest.NewHost(trafficServer).At(80))
	})[0]
	const batch = 10_000
	frames := make([][]byte, batch)
	for i := range frames {
		frames[i] = slices.Clone(syn)
	}
	const ipSource, tcpPort = 14 + 12, 34
	for n := 0; n < *synCount; n += batch {
		for i, f := range frames {
			binary.BigEndian.PutUint32(f[ipSource:], 0x0b000000+uint32(n+i)) // 11.0.0.0 and on
			binary.BigEndian.PutUint16(f[tcpPort:], uint16(1024+(n+i)%60000))
		}
		l.send(frames)
	}
	w.caughtUp(*synCount)
	l.send(sampleFrames(t, "double-hop.pcap"))
	l.told()
	resident := w.resident()
	l.stop()
	s := l.summary()
	if got := s.Packets + s.NotRead.KernelDrops; got != *synCount+22 {
		t.Errorf("%d packets of %d: %+v", got, *synCount+22, s)
	}
	const most = 150 << 20 // the limit, the ring, and the program itself
	if resident > most {
		t.Errorf("%s resident", units.Bytes(resident))
	}
	t.Logf("%s resident, %.2f us of CPU a packet: %+v", units.Bytes(resident), float64(l.cpu().Microseconds())/float64(s.Packets), s)
}

// TestLiveSmallSegments reads a double hop of which every byte comes in a
// segment of its own, among connections that send every second byte only.
func TestLiveSmallSegments(t *testing.T) {
	l := startLoaded(t, "--format", "jsonl", "--max-memory", "64MiB", "--metrics", "127.0.0.1:9464")
	w := newSoakWatch(t, l)
	holes, sent := 0, 0
	for i := range 64 {
		frames := conversation(func(c *capturetest.Capture) {
			k := c.Dial(client(i), capturetest.NewHost(trafficServer).At(80))
			k.Split(everyByte(2000)...).Client(capturetest.Request("POST", "/", "web01.corp.example", "Content-Length: 100000", "X: "+strings.Repeat("x", 1900)))
		})
		for j, f := range frames {
			if j > 3 && j%2 == 0 {
				holes++
				continue
			}
			l.send([][]byte{f})
			sent++
		}
	}
	w.caughtUp(sent)
	l.send(inSmallSegments(t, samplestest.Packets(t, "double-hop.pcap")))
	l.told()
	resident := w.resident()
	l.stop()
	s := l.summary()
	if s.NotRead.Gaps == 0 && s.NotRead.DroppedBytes == 0 {
		t.Errorf("%d holes are not seen: %+v", holes, s)
	}
	t.Logf("%d holes: %s resident, %+v", holes, units.Bytes(resident), s)
}

func everyByte(n int) []int {
	var at []int
	for i := 1; i < n; i++ {
		at = append(at, i)
	}
	return at
}

// inSmallSegments divides what packets carry into segments of one byte.
func inSmallSegments(t *testing.T, packets []capture.Packet) (frames [][]byte) {
	t.Helper()
	for _, p := range packets {
		f := p.Data
		if len(f) < tcpHeader {
			t.Fatal(errors.New("not TCP"))
		}
		header := 34 + int(f[46]>>4)*4
		total := 14 + int(binary.BigEndian.Uint16(f[16:]))
		if total <= header {
			frames = append(frames, f)
			continue
		}
		for i := header; i < total; i++ {
			g := append(slices.Clone(f[:header]), f[i])
			binary.BigEndian.PutUint16(g[16:], uint16(header+1-14))
			binary.BigEndian.PutUint16(g[ipID:], uint16(len(frames)))
			seq := binary.BigEndian.Uint32(f[tcpSeq:]) + uint32(i-header)
			binary.BigEndian.PutUint32(g[tcpSeq:], seq)
			if i < total-1 {
				g[47] &^= 1 // FIN belongs to the last one
			}
			frames = append(frames, g)
		}
	}
	return frames
}
