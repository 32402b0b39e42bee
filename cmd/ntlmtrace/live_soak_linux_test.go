package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"ntlmtrace/cmd/ntlmtrace/internal/units"
)

// The soak runs a live capture for as long as it is told, under the load of a
// busy site, and writes what it uses as soak.tsv and soak.svg:
//
//	go test ./cmd/ntlmtrace -run TestLiveSoak -v -soak 30m -soak-out DIR -timeout 40m
var (
	soakTime = flag.Duration("soak", 0, "how long TestLiveSoak runs; 0 to leave it out")
	soakOut  = flag.String("soak-out", "", "folder for what TestLiveSoak measured")
)

// The load of the soak, each second.
const (
	soakPackets     = 50_000
	soakConnections = 450 // and one more for each handshake
	soakHandshakes  = 50
	soakHopEvery    = 10      // seconds between double hops, each of another client
	soakMemory      = "64MiB" // so little that the limits are reached before soakSettled
	soakTick        = 20 * time.Millisecond
	soakSample      = 10 * time.Second
)

// TestLiveSoak holds that memory, goroutines and descriptors do not grow with
// time, and that findings are right and in time to the end.
func TestLiveSoak(t *testing.T) {
	if *soakTime == 0 {
		t.Skip("takes the time given by -soak")
	}
	l := startLoaded(t, "--format", "jsonl", "--max-memory", soakMemory, "--metrics", "127.0.0.1:9464")
	w := newSoakWatch(t, l)
	g := newBusySite()
	began := time.Now()
	tick := time.NewTicker(soakTick)
	defer tick.Stop()
	ready := make(chan [][]byte, 1) // made ahead, so that making it costs no time
	go func() {
		for n := 0; ; n++ {
			hops := 0
			if n%soakHopEvery == 0 {
				hops = 1
			}
			select {
			case ready <- g.second(soakHandshakes, soakConnections, hops, soakPackets):
			case <-t.Context().Done():
				return
			}
		}
	}()
	var packets, handshakes, seconds int
	for time.Since(began) < *soakTime {
		frames := <-ready
		if seconds%soakHopEvery == 0 {
			handshakes += 2
		}
		handshakes += soakHandshakes
		seconds++
		for len(frames) > 0 {
			<-tick.C
			due := int(time.Since(began).Seconds()*soakPackets) - packets
			n := min(max(due, 0), len(frames))
			l.send(frames[:n])
			frames = frames[n:]
			packets += n
		}
		w.look()
	}
	w.finish(packets, handshakes, (seconds+soakHopEvery-1)/soakHopEvery)
}

// soakWatch watches a capture.
type soakWatch struct {
	t       *testing.T
	l       *loaded
	began   time.Time
	next    time.Time
	tsv     bytes.Buffer
	samples []soakSampled
}

// soakSampled is what a capture used at a moment.
type soakSampled struct {
	seconds                 float64
	resident                int64 // bytes
	heap                    int64 // as the program says
	goroutines, descriptors int64
	packets, drops, own     int64
	connections, handshakes int64
	findings                int64
	cpu                     float64 // seconds
}

func newSoakWatch(t *testing.T, l *loaded) *soakWatch {
	w := &soakWatch{t: t, l: l, began: time.Now()}
	w.tsv.WriteString("seconds\tresident_bytes\tprogram_bytes\tgoroutines\tdescriptors\tpackets\tkernel_drops\town_drops\tconnections\thandshakes\tfindings\tcpu_seconds\n")
	return w
}

// look takes a sample when it is time for one.
func (w *soakWatch) look() {
	if now := time.Now(); now.After(w.next) {
		w.next = now.Add(soakSample)
		w.sample()
	}
}

// caughtUp waits until so many packets were read or dropped.
func (w *soakWatch) caughtUp(packets int) {
	w.t.Helper()
	await(w.t, "caught up", func() bool {
		m := w.metrics()
		return m["ntlmtrace_packets_total"]+m[`ntlmtrace_drops_total{reason="kernel"}`] >= int64(packets)
	})
}

func (w *soakWatch) sample() {
	m := w.metrics()
	s := soakSampled{
		seconds:  time.Since(w.began).Seconds(),
		resident: w.resident(), heap: m["ntlmtrace_memory_bytes"], goroutines: m["ntlmtrace_goroutines"], descriptors: w.descriptors(),
		packets: m["ntlmtrace_packets_total"], drops: m[`ntlmtrace_drops_total{reason="kernel"}`],
		own:         m[`ntlmtrace_drops_total{reason="connection_memory"}`] + m[`ntlmtrace_drops_total{reason="handshake_memory"}`],
		connections: m["ntlmtrace_connections_total"], cpu: w.cpu(),
	}
	for name, v := range m {
		switch {
		case strings.HasPrefix(name, "ntlmtrace_handshakes_total{"):
			s.handshakes += v
		case strings.HasPrefix(name, "ntlmtrace_findings_total{"):
			s.findings += v
		}
	}
	w.samples = append(w.samples, s)
	fmt.Fprintf(&w.tsv, "%.0f\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.2f\n", s.seconds, s.resident, s.heap, s.goroutines, s.descriptors,
		s.packets, s.drops, s.own, s.connections, s.handshakes, s.findings, s.cpu)
	w.save("soak.tsv", w.tsv.Bytes())
}

// save keeps a file if that is wanted.
func (w *soakWatch) save(name string, b []byte) {
	if *soakOut == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(*soakOut, name), b, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// metrics asks the program for its counters, by name and labels.
func (w *soakWatch) metrics() map[string]int64 {
	client := http.Client{Transport: &http.Transport{DialContext: w.l.front.Dialer("127.0.0.1"), DisableKeepAlives: true}}
	r, err := client.Get("http://127.0.0.1:9464/metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(r.Body); err != nil {
		w.t.Fatal(err)
	}
	m := map[string]int64{}
	for line := range strings.Lines(text.String()) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil {
			m[name] = int64(v)
		}
	}
	return m
}

// proc reads a file about the program under /proc.
func (w *soakWatch) proc(name string) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", w.l.cmd.Process.Pid, name))
	if err != nil {
		w.t.Fatalf("%v: %s", err, &w.l.stderr)
	}
	return string(b)
}

var residentText = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

func (w *soakWatch) resident() int64 {
	m := residentText.FindStringSubmatch(w.proc("status"))
	if m == nil {
		w.t.Fatal("no VmRSS")
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	return n << 10
}

func (w *soakWatch) descriptors() int64 {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", w.l.cmd.Process.Pid))
	if err != nil {
		w.t.Fatal(err)
	}
	return int64(len(list))
}

// cpu gives the processor time of the program in seconds.
func (w *soakWatch) cpu() float64 {
	stat := w.proc("stat")
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100 // USER_HZ
}

// soakSettled is after how many seconds nothing grows any more.
const soakSettled = 300

// finish ends the capture and judges what was seen.
func (w *soakWatch) finish(packets, handshakes, hops int) {
	t := w.t
	w.sample()
	w.save("soak.svg", soakPlot(w.samples))
	if status := w.l.stop(); status != exitDone {
		t.Errorf("exit status %d: %s", status, &w.l.stderr)
	}
	first, last := w.samples[0], w.samples[len(w.samples)-1]
	for _, s := range w.samples {
		if s.seconds >= soakSettled {
			if first = s; last.resident > first.resident*21/20 {
				t.Errorf("resident memory grew from %s to %s", units.Bytes(first.resident), units.Bytes(last.resident))
			}
			break
		}
	}
	var most byteSize
	if err := most.Set(soakMemory); err != nil || last.resident > int64(most) {
		t.Errorf("%s resident, more than --max-memory %s: %v", units.Bytes(last.resident), soakMemory, err)
	}
	if last.goroutines > first.goroutines+2 || last.descriptors > first.descriptors+2 {
		t.Errorf("goroutines grew from %d to %d, descriptors from %d to %d", first.goroutines, last.goroutines, first.descriptors, last.descriptors)
	}
	summary := w.judge(hops)
	if got := summary.Packets + summary.NotRead.KernelDrops; got != packets {
		t.Errorf("%d packets read or dropped, %d sent", got, packets)
	}
	if summary.NotRead.KernelDrops == 0 && summary.Handshakes != handshakes {
		t.Errorf("%d handshakes, want %d", summary.Handshakes, handshakes)
	}
	t.Logf("%.0f s: %d packets, %d dropped, %d handshakes of %d, %s resident, %.2f us of CPU a packet", last.seconds, packets, summary.NotRead.KernelDrops,
		summary.Handshakes, handshakes, units.Bytes(last.resident), last.cpu*1e6/float64(packets))
}

// judge holds that each double hop was told, and nothing else of its kind.
func (w *soakWatch) judge(hops int) (summary struct {
	Packets    int `json:"packets"`
	Handshakes int `json:"handshakes"`
	NotRead    struct {
		KernelDrops int `json:"kernel_drops"`
	} `json:"not_read"`
}) {
	told := map[string]bool{}
	for line := range bytes.Lines(w.l.stdout.Bytes()) {
		var o struct{ Type, Rule, Client string }
		if err := json.Unmarshal(line, &o); err != nil {
			w.t.Fatalf("%v: %s", err, line)
		}
		switch {
		case o.Type == "summary":
			if err := json.Unmarshal(line, &summary); err != nil {
				w.t.Fatal(err)
			}
		case o.Type == "finding" && strings.HasPrefix(o.Rule, "double-hop"):
			told[o.Rule+" "+o.Client] = true
		}
	}
	for n := 1; n <= hops; n++ {
		want := "double-hop-token-replay " + hopper(n).String()
		if !told[want] && summary.NotRead.KernelDrops == 0 {
			w.t.Errorf("%s was not told", want)
		}
		delete(told, want)
	}
	for wrong := range told {
		w.t.Errorf("%s was told", wrong)
	}
	return summary
}
