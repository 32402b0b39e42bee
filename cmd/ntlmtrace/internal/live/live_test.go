package live_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	capturelive "ntlmtrace/capture/live"
	"ntlmtrace/cmd/ntlmtrace/internal/live"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// played is a Source of packets that were captured before; at their end it
// stops the capture.
type played struct {
	packets []capture.Packet
	stop    context.CancelFunc
}

func (p *played) Next(next *capture.Packet, _ time.Duration) error {
	if len(p.packets) == 0 {
		p.stop()
		return capturelive.ErrTimeout
	}
	*next, p.packets = p.packets[0], p.packets[1:]
	return nil
}

func (p *played) Interfaces() []capturelive.Interface {
	return []capturelive.Interface{{Name: "eth0", Link: capture.LinkEthernet}}
}

func (p *played) Stats() capturelive.Stats { return capturelive.Stats{Received: 22, Dropped: 3} }
func (p *played) Notes() []string          { return nil }
func (p *played) Close() error             { return nil }

// TestRun follows packets with a view and no command around it.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	src := &played{samplestest.Packets(t, "double-hop.pcap"), stop}
	out, err := live.OpenResults(filepath.Join(t.TempDir(), "results"), nil, true)
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	now := live.Instant{Wall: src.packets[0].Time}
	r := live.New(live.Options{Interfaces: []string{"eth0"}}, src, out, notes.To(&said), func() live.Instant { return now })
	var rules []string
	var last *watch.Health
	r.Watch(watch.View{
		Finding: func(f *report.Finding) { rules = append(rules, f.Rule.ID) },
		Health:  func(h *watch.Health) { last = h },
	}, 1)
	var res *result.Result
	if err := r.Begin(live.Printer{End: func(got *result.Result) error { res = got; return nil }}); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Do(ctx); err != nil || got != res {
		t.Fatalf("%v: %s", err, &said)
	}
	if len(res.Report.Findings) != 1 || res.Counters.Value("kernel_drops") != 3 {
		t.Errorf("result %+v", res)
	}
	if last == nil || last.Packets != 22 || len(last.Hops) > 1 {
		t.Errorf("health %+v", last)
	}
	if r.Name() != "eth0" {
		t.Errorf("it reads %s", r.Name())
	}
}
