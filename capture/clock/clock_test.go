package clock_test

import (
	"bytes"
	"testing"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/clock"
	"ntlmtrace/capture/file"
)

// TestClockOffset pairs the packets of two captures of one conversation, the
// second of which has a clock that is ahead.
func TestClockOffset(t *testing.T) {
	c := capturetest.New()
	k := c.Dial(capturetest.NewHost("10.9.0.10"), capturetest.NewHost("10.9.0.20").At(80))
	for range 5 {
		k.Client("GET / HTTP/1.1\r\nHost: web01.corp.example\r\n\r\n").Server("HTTP/1.1 204 No Content\r\n\r\n")
	}
	k.Close()
	pcap := c.PCAP()
	for _, ahead := range []time.Duration{0, 3 * time.Second, -72 * time.Hour} {
		here, there := sightings(t, pcap, 0), sightings(t, pcap, ahead)
		if got, ok := here.Offset(there); !ok || got != ahead {
			t.Errorf("offset %v, %v, want %v", got, ok, ahead)
		}
		if got, ok := there.Offset(here); !ok || got != -ahead {
			t.Errorf("offset back %v, %v, want %v", got, ok, -ahead)
		}
	}
	if got, ok := sightings(t, pcap, 0).Offset(clock.NewSightings()); ok {
		t.Errorf("offset %v to a capture that shares nothing", got)
	}
}

func sightings(t *testing.T, pcap []byte, ahead time.Duration) *clock.Sightings {
	t.Helper()
	src, err := file.NewSource("test.pcap", bytes.NewReader(pcap), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	s := clock.NewSightings()
	var p capture.Packet
	for src.Next(&p) == nil {
		p.Time += int64(ahead)
		s.Add(&p)
	}
	return s
}
