package tcp

import (
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/internal/assigned"
)

// flowPacket is an Ethernet frame with a TCP segment between two fixed ends.
func flowPacket(t *testing.T, fromServer bool, seq, flags, payload string) *capture.Packet {
	t.Helper()
	ports, ends := "c0 01 00 50", "0a 00 00 01 0a 00 00 02"
	if fromServer {
		ports, ends = "00 50 c0 01", "0a 00 00 02 0a 00 00 01"
	}
	tcp := ports + seq + "00 00 00 00 50" + flags + "ff ff 00 00 00 00" + payload
	size := 20 + len(strings.ReplaceAll(tcp, " ", ""))/2
	head := "45 00 00" + string("0123456789abcdef"[size/16]) + string("0123456789abcdef"[size%16]) + "12 34 40 00 40 06 00 00"
	return packettest.New(capture.LinkEthernet, packettest.Hex(t, "02 00 00 00 00 02  02 00 00 00 00 01  08 00"+head+ends+tcp))
}

func TestTaken(t *testing.T) {
	a := NewAssembler(AssemblerOptions{}, &countingConsumer{advice: More})
	var taken Taken
	a.Take(flowPacket(t, false, "00 00 00 01", "02", ""), &taken)
	client := taken.Flow
	if !taken.TCP || !taken.Opens || taken.Ends || taken.Payload != 0 || taken.Headers != -1 {
		t.Errorf("SYN: %+v", taken)
	}
	a.Take(flowPacket(t, true, "00 00 00 09", "12", ""), &taken)
	if taken.Opens || !taken.Flow.Same(&client) || taken.Flow != client || taken.Flow.Hash() != client.Hash() {
		t.Errorf("SYN/ACK: %+v", taken)
	}
	a.Take(flowPacket(t, false, "00 00 00 02", "19", "61 62 63"), &taken)
	if !taken.Ends || taken.Payload != 3 || taken.Headers != 54 || taken.Fragment {
		t.Errorf("FIN with payload: %+v", taken)
	}
	a.Take(packettest.New(capture.LinkEthernet, packettest.Hex(t, "ff ff")), &taken)
	if taken.TCP || taken.Fragment {
		t.Errorf("no TCP: %+v", taken)
	}
}

func TestTakenFragments(t *testing.T) {
	whole := append(packettest.Hex(t, "c0 01 00 50  00 00 00 01  00 00 00 02  50 18 ff ff  00 00 00 00"), make([]byte, 80)...)
	a := NewAssembler(AssemblerOptions{}, &countingConsumer{advice: More})
	var first, last Taken
	a.Take(packettest.Part(0, 48).IPv4(whole, assigned.ProtoTCP, 7), &first)
	if first.TCP || !first.Fragment {
		t.Fatalf("first fragment: %+v", first)
	}
	a.Take(packettest.LastPart(48, len(whole)-48).IPv4(whole, assigned.ProtoTCP, 7), &last)
	if !last.TCP || !last.Fragment || !last.Datagram.Same(&first.Datagram) || last.Headers != -1 {
		t.Errorf("last fragment: %+v", last)
	}
	if last.Datagram.Same(&last.Flow) {
		t.Error("the datagram is called like its connection")
	}
}

func TestUnwanted(t *testing.T) {
	c := &countingConsumer{advice: Skip(4)}
	a := NewAssembler(AssemblerOptions{}, c)
	var taken Taken
	steps := []struct {
		name string
		p    *capture.Packet
		want bool
	}{
		{"SYN", flowPacket(t, false, "00 00 00 01", "02", ""), false},
		{"out of order, to be given later", flowPacket(t, false, "00 00 00 12", "10", "61 62"), false},
		{"skipped", flowPacket(t, false, "00 00 00 04", "10", "61 62"), true},
	}
	a.Take(steps[0].p, &taken)
	a.Take(flowPacket(t, false, "00 00 00 02", "10", "61 62"), &taken) // given, and the next 4 are skipped
	for _, s := range steps[1:] {
		a.Take(s.p, &taken)
		if got := a.Unwanted(); got != s.want {
			t.Errorf("%s: unwanted %v", s.name, got)
		}
	}
	c.advice = Mute
	a.Take(flowPacket(t, true, "00 00 00 09", "10", "61"), &taken)
	a.Take(flowPacket(t, true, "00 00 00 0a", "10", "61"), &taken)
	if !a.Unwanted() {
		t.Error("a muted direction is wanted")
	}
	a.Take(flowPacket(t, true, "00 00 00 0b", "10", ""), &taken)
	if a.Unwanted() {
		t.Error("a packet without payload is unwanted")
	}
}

func TestTakeDoesNotAllocate(t *testing.T) {
	a := NewAssembler(AssemblerOptions{}, &countingConsumer{advice: Ignore})
	p := flowPacket(t, false, "00 00 00 01", "10", "61 62")
	var taken Taken
	a.Take(p, &taken)
	if n := testing.AllocsPerRun(100, func() { a.Take(p, &taken); a.Unwanted() }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
