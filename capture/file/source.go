package file

import (
	"io"
	"net/netip"
	"sync/atomic"

	"ntlmtrace/capture"
)

// defaultPacket is the largest packet that tcpdump and dumpcap write unless
// asked for another size.
const defaultPacket = 256 << 10

// largestPacket is the number of bytes of the largest packet that is given.
func largestPacket(l capture.Limits) int {
	if l.Packet <= 0 {
		return defaultPacket
	}
	return min(l.Packet, pcapLargest)
}

// Source returns the packets of one capture file, one after the other.
// Except for Offset it is for one goroutine.
type Source struct {
	in      *input
	records records
	taken   *tally
	size    int64
	closers []io.Closer // in the order of closing
}

// records is the reader of one file format.
type records interface {
	// next reads the next packet; its errors are those of Source.Next.
	next(p *capture.Packet) error
}

// Next reads the next packet into p, all of which it sets. It returns io.EOF at
// the clean end of the file and a *DamageError if the rest cannot be read;
// after an error it gives the same error again. p.Data is valid until the next
// call.
func (s *Source) Next(p *capture.Packet) error {
	err := s.records.next(p)
	if err != nil {
		s.records = over{err}
	}
	return err
}

// NextAll reads packets into ps until it is full or one more would have to be
// read from the file, and gives how many there are. It gives at least one, or
// the error that Next would give. All their Data is valid until the next call.
func (s *Source) NextAll(ps []capture.Packet) (int, error) {
	if r, ok := s.records.(readyRecords); ok {
		if n := r.ready(ps); n > 0 {
			return n, nil
		}
	}
	if err := s.Next(&ps[0]); err != nil {
		return 0, err
	}
	return 1, nil
}

// readyRecords is a reader that can give several packets at once.
type readyRecords interface {
	records
	// ready reads packets as long as they are in memory and as the format has
	// them mostly, and gives how many it read. At all others it stops, for
	// next.
	ready(ps []capture.Packet) int
}

// over is the reader after the last record.
type over struct{ err error }

func (o over) next(*capture.Packet) error { return o.err }

// Close closes what Open opened, and ends the decompression.
func (s *Source) Close() error {
	var first error
	for _, c := range s.closers {
		if err := c.Close(); err != nil && first == nil {
			first = err
		}
	}
	s.closers = nil
	return first
}

// Name is the name of the file as it was given.
func (s *Source) Name() string { return s.in.name }

// Size is the number of bytes of the file as it is stored, 0 if unknown.
func (s *Source) Size() int64 { return s.size }

// Offset is how many bytes of the file as it is stored were taken so far, to be
// held against Size. It may be called from any goroutine.
func (s *Source) Offset() int64 { return s.taken.n.Load() }

// LinkTypes returns the link types in the order of their first use: for pcap
// that of the file, for pcapng those of the packets read so far.
func (s *Source) LinkTypes() []capture.LinkType { return s.in.extras.links }

// InterfaceName returns the name of interface n (see Packet.Interface) where
// the capture was made, empty if the file does not say: as in the file, not
// safe to show as it is.
func (s *Source) InterfaceName(n int) string { return s.in.extras.interfaces[n] }

// Names returns the host names that the file itself holds for addresses: the
// first one of each address. They are what the capturing machine believed.
func (s *Source) Names() map[netip.Addr]string { return s.in.extras.names }

// Secrets returns the decryption secrets that the file holds, in its order.
func (s *Source) Secrets() []Secret { return s.in.extras.secrets }

// Comments returns the first comments of the file and how many there are.
func (s *Source) Comments() (first []Comment, count int64) {
	return s.in.extras.comments, s.in.extras.commentCount
}

// Problems returns the first problems of the file and how many there are.
func (s *Source) Problems() (first []capture.Problem, count int64) {
	return s.in.problems.kept, s.in.problems.count
}

// Drops is how many packets the capturing machine says that it missed.
func (s *Source) Drops() int64 { return s.in.extras.drops }

// tally counts the bytes that are read from a file.
type tally struct {
	io.Reader
	n atomic.Int64
}

// Read implements io.Reader.
func (t *tally) Read(b []byte) (int, error) {
	k, err := t.Reader.Read(b)
	t.n.Add(int64(k))
	return k, err
}
