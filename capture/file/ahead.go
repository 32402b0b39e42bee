package file

import (
	"io"
	"os"
	"sync"
)

const (
	// aheadPieces of aheadSize bytes are read ahead and no more. To hand over a
	// piece may cost two changes of the process, so pieces are large: with half
	// of it all took 4 % more time.
	aheadPieces = 3
	aheadSize   = 512 << 10
)

// ahead is a reader that is read ahead in a goroutine of its own: there,
// decompression takes another processor than what is done with the packets.
type ahead struct {
	full  chan readPiece
	empty chan []byte
	stop  func() // ends the goroutine; safe to call again

	piece []byte // what Read is giving, to be returned to empty
	rest  []byte // of piece
	err   error  // after rest
}

// readPiece is what one turn of the goroutine read.
type readPiece struct {
	data []byte
	err  error
}

// readAhead begins to read r, which it closes in the end.
func readAhead(r io.ReadCloser) *ahead {
	stopped := make(chan struct{})
	a := &ahead{
		full:  make(chan readPiece, aheadPieces),
		empty: make(chan []byte, aheadPieces),
		stop:  sync.OnceFunc(func() { close(stopped) }),
	}
	for range aheadPieces {
		a.empty <- make([]byte, aheadSize)
	}
	go a.run(r, stopped)
	return a
}

// run reads until the end of r, or until it is stopped. It closes full when it
// is done.
func (a *ahead) run(r io.ReadCloser, stopped <-chan struct{}) {
	defer close(a.full)
	defer r.Close()
	for {
		var b []byte
		select {
		case b = <-a.empty:
		case <-stopped:
			return
		}
		p := fillPiece(r, b[:0])
		select {
		case a.full <- p:
		case <-stopped:
			return
		}
		if p.err != nil {
			return
		}
	}
}

// fillPiece reads as much as b takes, or what there is before an error. A
// reader that gives nothing gives a piece of nothing: its user knows when to
// stop.
func fillPiece(r io.Reader, b []byte) readPiece {
	for len(b) < cap(b) {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if n == 0 || err != nil {
			return readPiece{b, err}
		}
	}
	return readPiece{b, nil}
}

// Read implements io.Reader.
func (a *ahead) Read(b []byte) (int, error) {
	if len(a.rest) == 0 && a.err == nil {
		a.turn()
	}
	n := copy(b, a.rest)
	a.rest = a.rest[n:]
	if len(a.rest) == 0 {
		return n, a.err
	}
	return n, nil
}

// turn takes the next piece, and gives back the last one.
func (a *ahead) turn() {
	if a.piece != nil {
		a.empty <- a.piece
	}
	p, ok := <-a.full
	if !ok {
		p.err = os.ErrClosed
	}
	a.piece, a.rest, a.err = p.data, p.data, p.err
}

// Close ends the reading ahead. It does not wait for a read that is under way,
// which for a pipe may take forever; the goroutine ends with it.
func (a *ahead) Close() error {
	a.stop()
	return nil
}
