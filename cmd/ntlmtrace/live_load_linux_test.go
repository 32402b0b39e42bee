package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/nettest"
	capfile "ntlmtrace/capture/file"
	"ntlmtrace/capture/filter"
)

var loadFile = flag.String("load", "", "capture that TestLiveLoad sends at full rate; nothing may be dropped then")

// loadPackets is how many packets TestLiveLoad sends without -load.
const loadPackets = 200_000

// loaded is a network in which a live capture is given frames.
type loaded struct {
	*liveProcess
	sender *nettest.Sender
	front  *nettest.Network
}

// startLoaded runs ntlmtrace live at the other end of a sender.
func startLoaded(t *testing.T, args ...string) *loaded {
	t.Helper()
	front, back := nettest.New(t), nettest.New(t)
	front.Wire("eth0", nil, back, "out0", nil)
	front.IP("link set dev eth0 mtu 65535") // a capture may hold what offload made
	back.IP("link set dev out0 mtu 65535")
	return &loaded{startLive(t, front, append([]string{"-i", "eth0"}, args...)...), back.Sender("out0"), front}
}

// hurry lets the program run before all others: as good as a free core, on a
// machine that others use.
func (l *loaded) hurry() {
	l.t.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", l.cmd.Process.Pid))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, task := range tasks {
		id, _ := strconv.Atoi(task.Name())
		if err := unix.Setpriority(unix.PRIO_PROCESS, id, -20); err != nil {
			l.t.Fatal(err)
		}
	}
}

func (l *loaded) send(frames [][]byte) {
	l.t.Helper()
	if err := l.sender.Send(frames); err != nil {
		l.t.Fatal(err)
	}
}

// finish ends the capture and gives its document.
func (l *loaded) finish() (out readResult) {
	l.t.Helper()
	if status := l.stop(); status != exitDone {
		l.t.Fatalf("exit status %d: %s", status, &l.stderr)
	}
	if err := json.Unmarshal(l.stdout.Bytes(), &out); err != nil {
		l.t.Fatal(err)
	}
	return out
}

// TestLiveLoad sends packets as fast as they can be sent. Each is counted, as
// read or as dropped, and what the program costs is told. With -load, the
// packets are those of a file, and a drop is an error: it needs a free core.
func TestLiveLoad(t *testing.T) {
	l := startLoaded(t, "--format", "json")
	var sent, packets, bytes int64 // packets: of those sent, those that hold TCP
	tcp, err := filter.Parse("tcp")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	give := func(frames [][]byte) {
		l.send(frames)
		sent += int64(len(frames))
		for _, f := range frames {
			bytes += int64(len(f))
			if tcp.Keep(&capture.Packet{Link: capture.LinkEthernet, Data: f, Length: len(f)}) {
				packets++
			}
		}
	}
	if *loadFile != "" {
		l.hurry()
		eachBatch(t, *loadFile, give)
	} else {
		g := newBusySite()
		for sent < loadPackets {
			give(g.second(50, 450, 0, 50_000))
		}
	}
	took := time.Since(began).Seconds()
	out := l.finish()
	got, dropped := int64(out.Summary.Packets), int64(out.Summary.NotRead.KernelDrops)
	if got+dropped != packets {
		t.Errorf("%d packets read and %d dropped, of %d", got, dropped, packets)
	}
	if dropped > 0 && *loadFile != "" {
		t.Errorf("%d packets dropped of %d", dropped, packets)
	}
	t.Logf("%d packets, %.0f MB in %.2f s: %.0f k packets/s; %d of TCP, %d dropped; %.3f us of CPU a packet (%s in all)", sent, float64(bytes)/1e6, took,
		float64(sent)/took/1e3, packets, dropped, float64(l.cpu().Nanoseconds())/1e3/float64(got), l.cpu())
}

// eachBatch gives the frames of a capture in batches, each of which is valid
// until the next.
func eachBatch(t *testing.T, name string, give func([][]byte)) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := capfile.NewSource(name, f, capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const batch = 4096
	buf := make([]byte, 0, 64<<20)
	var frames [][]byte
	var p capture.Packet
	for err = s.Next(&p); err == nil; err = s.Next(&p) {
		if len(frames) == batch || len(buf)+len(p.Data) > cap(buf) {
			give(frames)
			frames, buf = frames[:0], buf[:0]
		}
		at := len(buf)
		buf = append(buf, p.Data...)
		frames = append(frames, buf[at:])
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	give(frames)
}
