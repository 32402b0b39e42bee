package file

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
)

// closing tells when it is closed.
type closing struct {
	io.Reader
	closed chan struct{}
}

func (c closing) Close() error {
	close(c.closed)
	return nil
}

func TestReadAhead(t *testing.T) {
	want := make([]byte, 3*aheadPieces*aheadSize+1)
	for i := range want {
		want[i] = byte(i % 251)
	}
	broken := errors.New("disk on fire")
	tests := []struct {
		name string
		from io.Reader
		err  error
	}{
		{"whole", bytes.NewReader(want), nil},
		{"small reads", iotest.HalfReader(bytes.NewReader(want)), nil},
		{"the end with the last bytes", iotest.DataErrReader(bytes.NewReader(want)), nil},
		{"an error after the bytes", io.MultiReader(bytes.NewReader(want), iotest.ErrReader(broken)), broken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			from := closing{test.from, make(chan struct{})}
			a := readAhead(from)
			got, err := io.ReadAll(a)
			if !bytes.Equal(got, want) || err != test.err {
				t.Errorf("%d bytes, %v; want %d, %v", len(got), err, len(want), test.err)
			}
			if n, again := a.Read(make([]byte, 1)); n != 0 || again == nil {
				t.Errorf("%d bytes, %v after the end", n, again)
			}
			<-from.closed // without Close as well
		})
	}
}

// endless returns bytes without end and counts them.
type endless struct{ given int }

func (e *endless) Read(b []byte) (int, error) {
	e.given += len(b)
	return len(b), nil
}

func TestReadAheadStops(t *testing.T) {
	source := new(endless)
	from := closing{source, make(chan struct{})}
	a := readAhead(from)
	if _, err := io.ReadFull(a, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	a.Close()
	a.Close()
	<-from.closed
	if most := (aheadPieces + 1) * aheadSize; source.given > most {
		t.Errorf("%d bytes read ahead, want at most %d", source.given, most)
	}
	if _, err := io.Copy(io.Discard, a); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestCloseWhileReading closes a source whose file has more than is read ahead.
func TestCloseWhileReading(t *testing.T) {
	file := pcapOf(2*aheadPieces*aheadSize/1400, 1400)
	s, err := NewSource("web.pcap.gz", bytes.NewReader(packettest.Gzip(t, file)), capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var p capture.Packet
	checkError(t, s.Next(&p), "")
	unpacked := s.in.src.(*ahead)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for range unpacked.full { // until the goroutine has ended
	}
}
