package live

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/gopacket/pcapgo"
	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/nettest"
)

// flood sends small frames into "va" as fast as it goes, from a thread of its
// own, until the function that it gives is called. That gives how many were
// sent.
func flood(b *testing.B) (stop func() int64) {
	b.Helper()
	s := nettest.NewSender(b, "va")
	var frames [][]byte
	for i := range 1024 {
		frames = append(frames, frame(i, 95))
	}
	var over atomic.Bool
	sent := make(chan int64)
	go func() {
		runtime.LockOSThread()
		n := int64(0)
		for !over.Load() && s.Send(frames) == nil {
			n += int64(len(frames))
		}
		sent <- n
	}()
	return func() int64 {
		over.Store(true)
		return <-sent
	}
}

// threadTime is the processor time of the calling thread.
func threadTime(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// underLoad measures what reading b.N packets costs the thread that reads while
// more are sent than it can take. The processor that the sender leaves over is
// what it runs on: what counts is cpu-ns/packet, not ns/op.
func underLoad(b *testing.B, read func() error) {
	stop := flood(b)
	before := threadTime(b)
	for b.Loop() {
		if err := read(); err != nil {
			b.Fatal(err)
		}
	}
	spent := threadTime(b) - before
	stop()
	b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N), "cpu-ns/packet")
}

// BenchmarkUnderLoad reads a flood of frames through the ring.
func BenchmarkUnderLoad(b *testing.B) {
	namespace(b)
	pair(b, "va", "vb")
	s := source(b, Options{Interfaces: []string{"vb"}})
	var p capture.Packet
	underLoad(b, func() error { return s.Next(&p, patient) })
	st := s.Stats()
	b.ReportMetric(100*float64(st.Dropped)/float64(max(st.Received, 1)), "%dropped")
}

// BenchmarkEthernetHandle reads the same flood as gopacket does without
// libpcap: a system call for each packet.
func BenchmarkEthernetHandle(b *testing.B) {
	namespace(b)
	pair(b, "va", "vb")
	h, err := pcapgo.NewEthernetHandle("vb")
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	if err := h.SetCaptureLength(defaultPacket); err != nil {
		b.Fatal(err)
	}
	underLoad(b, func() error {
		_, _, err := h.ZeroCopyReadPacketData()
		return err
	})
	if st, err := h.Stats(); err == nil {
		b.ReportMetric(100*float64(st.Drops)/float64(max(st.Packets, 1)), "%dropped")
	} else if !errors.Is(err, unix.ENOTSUP) {
		b.Fatal(err)
	}
}
