package file

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"ntlmtrace/capture"
)

// ErrNotCapture is wrapped by the errors of Open and NewSource for an input
// that is something else than a capture file, or one of a format that is not
// read.
var ErrNotCapture = errors.New("not a capture file that can be read")

// compression is a format that captures are compressed in.
type compression struct {
	name  string
	match func(magic []byte) bool
	open  func(r io.Reader) (io.ReadCloser, error)
}

// compressions are the compressions that can be read.
var compressions = []compression{
	{"gzip", func(m []byte) bool { return bytes.HasPrefix(m, []byte{0x1f, 0x8b}) }, openGzip},
	{"zstd", isZstd, openZstd},
}

const (
	// magicSize is how many bytes tell pcap, pcapng and the compressions.
	magicSize = 4
	// unpackBuffer is how much is read at once from a compressed file.
	unpackBuffer = 128 << 10
	// maxZstdWindow is what a frame header may ask of memory: enough for
	// "zstd -20", less than "zstd --long" can ask for.
	maxZstdWindow = 32 << 20
)

// Open opens a capture file; "-" is standard input. What is wrong with the file
// later is returned by Next.
func Open(name string, l capture.Limits) (*Source, error) {
	if name == "-" {
		return NewSource(name, os.Stdin, l)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	s, err := NewSource(name, f, l)
	if err != nil {
		f.Close()
		return nil, err
	}
	s.closers = append(s.closers, f)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		s.size = info.Size()
	}
	return s, nil
}

// NewSource reads the capture that r gives. The name is for messages only. The
// format is found by what the bytes are, never by the name. It reads ahead.
func NewSource(name string, r io.Reader, l capture.Limits) (*Source, error) {
	return newSource(name, r, l, bufferSize)
}

// newSource is NewSource with a read buffer of size bytes to begin with.
func newSource(name string, r io.Reader, l capture.Limits, size int) (*Source, error) {
	s := &Source{taken: &tally{Reader: r}}
	s.in = &input{name: name, limit: largestPacket(l), src: s.taken, buf: make([]byte, max(size, magicSize))}
	err := s.unpack()
	if err == nil {
		s.records, err = openRecords(s.in)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// unpack puts the decompression, if the input needs it, between the file and
// the read buffer.
func (s *Source) unpack() error {
	in := s.in
	in.need(magicSize)
	for _, p := range compressions {
		if !p.match(in.unused()) {
			continue
		}
		packed := io.MultiReader(bytes.NewReader(bytes.Clone(in.unused())), s.taken)
		r, err := p.open(bufio.NewReaderSize(packed, unpackBuffer))
		if err != nil {
			return fmt.Errorf("%s: %s: %w", in.name, p.name, err)
		}
		unpacked := readAhead(r)
		s.closers = append(s.closers, unpacked)
		in.src, in.err, in.w = unpacked, nil, 0
		return nil
	}
	return nil
}

// isZstd knows frames of RFC 8878 section 3.1.1, and the skippable ones of
// section 3.1.2 that some programs begin with.
func isZstd(m []byte) bool {
	return bytes.HasPrefix(m, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		len(m) >= magicSize && m[0]&0xf0 == 0x50 && bytes.HasPrefix(m[1:], []byte{0x2a, 0x4d, 0x18})
}

func openGzip(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }

func openZstd(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(maxZstdWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}
