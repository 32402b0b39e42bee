package file

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
)

// fuzzLimits is small, so that short inputs reach it.
var fuzzLimits = capture.Limits{Packet: 64}

// reading is all that a source gives.
type reading struct {
	packets  []found
	err      string
	problems []capture.Problem
	count    int64
	drops    int64
}

// readThrough reads b, up to several packets at once, from a reader that gives
// at most chunk bytes a call, into a buffer of size bytes to begin with.
func readThrough(t *testing.T, b []byte, several, chunk, size int) reading {
	t.Helper()
	s, err := newSource("web.pcap", &bytewise{b, chunk}, fuzzLimits, size)
	if err != nil {
		return reading{err: err.Error()}
	}
	defer s.Close()
	var r reading
	if several == 1 {
		r.packets, err = readAll(s)
	} else {
		r.packets, err = readSeveral(s, several)
	}
	if err != nil {
		r.err = err.Error()
		if damage := new(DamageError); !errors.As(err, &damage) {
			t.Fatalf("%v is a %T", err, err)
		}
	}
	if most := max(size, magicSize) + 2*len(b) + longestMatch; len(s.in.buf) > most {
		t.Fatalf("a buffer of %d bytes for a file of %d", len(s.in.buf), len(b))
	}
	r.problems, r.count = s.Problems()
	r.drops = s.Drops()
	return r
}

// checkReading holds that packets come from the file, that they are numbered in
// order, and that it does not matter in which pieces the file is read, nor how
// many packets at once: what is not all in memory, or not as it mostly is,
// takes the longer way.
func checkReading(t *testing.T, b []byte, chunk uint8) {
	whole := readThrough(t, b, 1, len(b)+1, 64<<10)
	for _, other := range []reading{
		readThrough(t, b, 1, 1+int(chunk), 1),
		readThrough(t, b, 2+int(chunk%8), len(b)+1, 64<<10),
		readThrough(t, b, 100, 1+int(chunk), 1),
	} {
		if whole.err != other.err || whole.count != other.count || whole.drops != other.drops {
			t.Fatalf("in one piece %q, %d problems; otherwise %q, %d problems", whole.err, whole.count, other.err, other.count)
		}
		checkFound(t, other.packets, whole.packets)
	}
	last, bytesGiven := int64(0), 0
	for _, p := range whole.packets {
		if p.frame <= last || len(p.data)/2 > p.length || p.fcs > len(p.data)/2 || len(p.data)/2 > fuzzLimits.Packet {
			t.Fatalf("after frame %d: %+v", last, p)
		}
		last = p.frame
		bytesGiven += len(p.data) / 2
	}
	if bytesGiven > len(b) {
		t.Fatalf("%d bytes of packets from a file of %d", bytesGiven, len(b))
	}
}

func FuzzPcap(f *testing.F) {
	f.Add(hexFile(f, headLE+recLE+recLE), uint8(0))
	f.Add(pcapOf(3, 100), uint8(7))
	f.Add(hexFile(f, "a1b2cd34 0002 0004 00000000 00000000 0000ffff 00000001 00000001 00000002 00000003 00000003 00000002 0800 04 00 aabbcc"), uint8(1))
	f.Add(hexFile(f, "ac01001c 0200 0400 00000000 00000000 ffff0000 01000024 13000000 01000000 02000000 03000000 03000000 aabbcc"), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, chunk uint8) {
		if len(b) >= magicSize && isPcap(b) {
			checkReading(t, b, chunk)
		}
	})
}

func FuzzPcapng(f *testing.F) {
	for _, start := range []*ngFile{le(), be()} {
		start.iface(capture.LinkEthernet, 0, start.option(ifTsresol, []byte{0x80 | 64}), start.option64(ifTsoffset, 1<<63))
		start.packet(0, 1<<63, 3, abc, start.option32(epbFlags, 2|4<<5), start.option64(epbDropcount, 1<<63))
		start.packet(0, 1, 3, abc).packet(0, 2, 5, abc).packet(0, 3, 3, abc)
		start.simple(3, abc).timed(blockPacket, []byte{0, 0, 0, 0}, 1, 3, abc, start.option(optComment, abc))
		start.block(blockStatistics, make([]byte, 12), start.option64(isbIfdrop, 4))
		start.block(blockNames, start.option(1, []byte("\x0a\x00\x00\x01web01\x00")))
		start.block(blockSecrets, start.AppendUint32(nil, SecretTLSKeyLog), start.AppendUint32(nil, 3), abc)
		f.Add(start.b, uint8(3))
	}
	f.Fuzz(func(t *testing.T, b []byte, chunk uint8) {
		if len(b) >= magicSize && isPcapng(b) {
			checkReading(t, b, chunk)
		}
	})
}

// fuzzOpenBytes is how much of a decompressed input FuzzOpen looks at: a
// compressed one can be much longer than it is.
const fuzzOpenBytes = 1 << 20

// FuzzOpen holds that whatever the input is, the reading ends, with the same
// error from then on, and that what is no capture gives an error.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(pcapOf(2, 10))
	f.Add(packettest.Gzip(f, pcapOf(2, 10)))
	f.Add(zstdOf(f, pcapOf(2, 10)))
	f.Add(zstdOf(f, le().iface(capture.LinkEthernet, 0).packet(0, 1, 3, abc).b))
	f.Add([]byte("GMBU\x00\x02"))
	f.Add([]byte("{\"log\":{}}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := newSource("web.pcap", bytes.NewReader(b), fuzzLimits, 512)
		if err != nil {
			return
		}
		defer s.Close()
		var p capture.Packet
		for err == nil && s.in.offset() < fuzzOpenBytes {
			err = s.Next(&p)
		}
		if err == nil {
			return
		}
		if again := s.Next(&p); again != err {
			t.Fatalf("%v, then %v", err, again)
		}
		if damage := new(DamageError); err != io.EOF && !errors.As(err, &damage) {
			t.Fatalf("%v is a %T", err, err)
		}
		if s.Offset() > int64(len(b)) {
			t.Fatalf("%d bytes read of %d", s.Offset(), len(b))
		}
	})
}
