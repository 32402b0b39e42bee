package clock_test

import (
	"bytes"
	"encoding/binary"
	"slices"
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
		want := clock.Shared{Packets: 12, Of: 12, Connections: 1, Pairs: 1, Addresses: 2, Offset: ahead}
		if got := here.Shared(there); got != want {
			t.Errorf("%v ahead: %+v", ahead, got)
		}
		want.Offset = -ahead
		if got := there.Shared(here); got != want {
			t.Errorf("%v behind: %+v", ahead, got)
		}
	}
	if got := sightings(t, pcap, 0).Shared(clock.NewSightings()); got != (clock.Shared{}) {
		t.Errorf("with an empty capture: %+v", got)
	}
}

// TestSharedLoopback holds that 127.0.0.1 is no address that captures share:
// every machine has it. Only those who talk there are the same.
func TestSharedLoopback(t *testing.T) {
	talk := func(client, server string, port uint16) *clock.Sightings {
		c := capturetest.New()
		k := c.Dial(capturetest.NewHost(client), capturetest.NewHost(server).At(port))
		k.Client("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").Close()
		return sightings(t, c.PCAP(), 0)
	}
	for _, lo := range []string{"127.0.0.1", "::1"} {
		host := "10.9.0.10"
		if lo == "::1" {
			host = "2001:db8::10"
		}
		if got := talk(lo, lo, 80).Shared(talk(host, lo, 80)); got.Addresses != 0 || got.Pairs != 0 || got.Connections != 0 {
			t.Errorf("%s: %+v", lo, got)
		}
		if got := talk(lo, lo, 80).Shared(talk(lo, lo, 81)); got.Addresses != 0 || got.Pairs != 1 || got.Connections != 0 {
			t.Errorf("%s: %+v", lo, got)
		}
	}
}

// TestSharedGoOn cuts a capture of one connection after each of its packets:
// the connection goes on in the second part, and not from there in the first.
func TestSharedGoOn(t *testing.T) {
	c := capturetest.New()
	k := c.Dial(capturetest.NewHost("10.9.0.10"), capturetest.NewHost("10.9.0.20").At(80))
	k.Client("GET / HTTP/1.1\r\nHost: web01.corp.example\r\n\r\n").Server("HTTP/1.1 204 No Content\r\n\r\n").Close()
	const header = 24
	pcap := c.PCAP()
	at := header
	for {
		at += 16 + int(binary.LittleEndian.Uint32(pcap[at+8:]))
		if at >= len(pcap) {
			break
		}
		one, two := sightings(t, pcap[:at], 0), sightings(t, append(slices.Clone(pcap[:header]), pcap[at:]...), 0)
		if got := one.Shared(two); got.GoOn != 1 {
			t.Errorf("cut at byte %d: %+v", at, got)
		}
	}
	if got := sightings(t, pcap, 0).Shared(sightings(t, pcap, 0)); got.GoOn != 0 {
		t.Errorf("with itself: %+v", got)
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
