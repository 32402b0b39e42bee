package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
)

// conversation is a pcap file of n frames: conns connections send the same
// payload in turn, each frame further in its sequence numbers.
func conversation(t testing.TB, n, conns int) []byte {
	frame := bytes.Clone(commonPackets(t)["ethernet-ipv4"].Data)
	const ports, seq = 14 + 20, 14 + 20 + 4
	payload := len(frame) - 14 - 20 - 20
	le, be := binary.LittleEndian, binary.BigEndian
	b := pcapOf(0, 0)
	for i := range n {
		be.PutUint16(frame[ports:], uint16(1024+i%conns))
		be.PutUint32(frame[seq:], uint32(i/conns*payload))
		b = le.AppendUint32(b, uint32(i/1e6))
		b = le.AppendUint32(b, uint32(i%1e6))
		b = le.AppendUint32(b, uint32(len(frame)))
		b = le.AppendUint32(b, uint32(len(frame)))
		b = append(b, frame...)
	}
	return b
}

// TestReadingDoesNotAllocate holds the whole way of a packet: out of the file, to
// its connection, to the consumer.
func TestReadingDoesNotAllocate(t *testing.T) {
	const runs = 5000
	s, err := NewSource("web.pcap", bytes.NewReader(conversation(t, runs+101, 100)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	c := new(countingConsumer)
	a := NewAssembler(AssemblerOptions{}, c)
	var p Packet
	step := func() {
		if err := s.Next(&p); err != nil {
			t.Fatal(err)
		}
		a.Packet(&p)
	}
	for range 100 { // each connection is entered once
		step()
	}
	if n := testing.AllocsPerRun(runs, step); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
	if want := int64(runs+101) * 1000; c.bytes != want {
		t.Errorf("%d bytes given, want %d", c.bytes, want)
	}
}

// BenchmarkPath reads a file to its end, into an Assembler.
func BenchmarkPath(b *testing.B) {
	file := conversation(b, 100_000, 1000)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		s, err := NewSource("web.pcap", bytes.NewReader(file), Limits{})
		if err != nil {
			b.Fatal(err)
		}
		a := NewAssembler(AssemblerOptions{}, new(countingConsumer))
		var p Packet
		for err = s.Next(&p); err == nil; err = s.Next(&p) {
			a.Packet(&p)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		a.Close()
	}
}
