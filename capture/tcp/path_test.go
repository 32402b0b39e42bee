package tcp

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/file"
	"ntlmtrace/capture/packet"
)

// conversation is a pcap file of n frames: conns connections send the same
// payload in turn, each frame further in its sequence numbers.
func conversation(t testing.TB, n, conns int) []byte {
	const payload, ports, seq = 1000, 14 + 20, 14 + 20 + 4
	frame := tcpFrame(0, 0, 0, 1, packet.FlagACK, make([]byte, payload))
	le, be := binary.LittleEndian, binary.BigEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = le.AppendUint32(b, 4<<16|2)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, 65535)
	b = le.AppendUint32(b, uint32(capture.LinkEthernet))
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

// TestReadingDoesNotAllocate holds the whole way of a packet: out of the file,
// to its connection, to the consumer.
func TestReadingDoesNotAllocate(t *testing.T) {
	const runs = 5000
	s, err := file.NewSource("web.pcap", bytes.NewReader(conversation(t, runs+101, 100)), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	c := new(countingConsumer)
	a := NewAssembler(AssemblerOptions{}, c)
	var p capture.Packet
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

// TestReadingSeveralDoesNotAllocate is the same for packets that are taken
// several at once.
func TestReadingSeveralDoesNotAllocate(t *testing.T) {
	const several, runs = 50, 500
	s, err := file.NewSource("web.pcap", bytes.NewReader(conversation(t, several*(runs+20), 100)), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	a := NewAssembler(AssemblerOptions{}, new(countingConsumer))
	ps := make([]capture.Packet, several)
	step := func() {
		n, err := s.NextAll(ps)
		if err != nil {
			t.Fatal(err)
		}
		a.Packets(ps[:n])
	}
	for range 10 {
		step()
	}
	if n := testing.AllocsPerRun(runs, step); n != 0 {
		t.Errorf("%v allocations for %d packets", n, several)
	}
}

// TestAllocationsOfAFile counts what a whole file costs, from opening it to its
// last connection: tables that grow with what is open at a time, and nothing
// else.
func TestAllocationsOfAFile(t *testing.T) {
	const conns, most = 2000, 60 // of 100 MB; of 1 GB it may be 2000
	pcap := conversation(t, 100_000, conns)
	for _, advice := range []Advice{More, Skip(5000), Ignore} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c := &countingConsumer{advice: advice}
		if n := readPath(t, pcap, c); n != 100_000 {
			t.Fatalf("%d packets", n)
		}
		runtime.ReadMemStats(&after)
		if n := after.Mallocs - before.Mallocs; n > most {
			t.Errorf("advice %d: %d allocations for %d bytes, want at most %d", advice, n, len(pcap), most)
		}
	}
}

// readPath reads a file to its end, into an Assembler, as the program does.
func readPath(t testing.TB, pcap []byte, c Consumer) (packets int) {
	s, err := file.NewSource("web.pcap", bytes.NewReader(pcap), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	a := NewAssembler(AssemblerOptions{}, c)
	ps := make([]capture.Packet, batchPackets)
	for {
		n, err := s.NextAll(ps)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packets += n
		a.Packets(ps[:n])
	}
	a.Close()
	return packets
}

// BenchmarkPath reads a file to its end, into an Assembler.
func BenchmarkPath(b *testing.B) {
	pcap := conversation(b, 100_000, 1000)
	b.SetBytes(int64(len(pcap)))
	b.ReportAllocs()
	for b.Loop() {
		readPath(b, pcap, new(countingConsumer))
	}
}
