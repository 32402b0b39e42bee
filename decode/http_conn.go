package decode

import "ntlmtrace/capture"

// phase is where one direction of a connection stands.
type phase uint8

const (
	starting   phase = iota // a message begins, or its head goes on
	counted                 // in a body of known length
	chunkSize               // in a chunk-size line before the end of the size, RFC 9112 section 7.1
	chunkExt                // in the rest of that line
	chunkData               // in a chunk
	trailer                 // at the start of a line of the trailer section
	trailerEnd              // in the rest of that line
	expecting               // a body or, without one, the next message: the client waits for 100 (Continue)
	searching               // lost: the next message is looked for
	tunnel                  // at the first bytes inside a tunnel
	muted                   // nothing more is of interest
)

// httpHalf is one direction of a connection.
type httpHalf struct {
	phase     phase
	next      phase // after expecting: counted or chunkSize
	lineStart bool  // searching: the next byte begins a line
	torn      bool  // bytes were lost since the last message: segments may begin anywhere
	digits    uint8 // chunkSize: digits read
	left      int64 // bytes of the body or chunk to come, or the chunk size as far as it is read
	held      *held // part of a head; nil if nothing is held

	// whole is the number, from 1, of the exchange whose message has the body that
	// half is in, if the sink knows it: it is told when the message is there to
	// its end. It is 0 otherwise.
	whole uint32
}

// held is the beginning of a head that was cut by the end of a segment.
type held struct {
	data        []byte
	first, last capture.Stamp // of the first and the last byte
	line        bool          // data has a good start line
	fresh       bool          // data changed otherwise than at its end
}

// httpIdle is what is kept of a connection on which nothing is under way, so
// that many may be open. Its number goes into Handle of tcp.Conn.
type httpIdle struct {
	start  capture.Stamp // first payload
	index  uint32        // exchanges so far
	client capture.Dir   // who sends requests; valid if known
	known  bool
	seen   [2]bool // which directions gave bytes
}

// link implements slabValue.
func (h *httpIdle) link() *uint32 { return &h.index }

// httpConn is a connection on which something is under way, or of which
// exchanges were given. The number in Handle then has the bit httpActive. It fills two cache lines:
// a thousand may be under way, and each message asks for one of them anew.
type httpConn struct {
	httpIdle
	half [2]httpHalf
	httpQueue
	conn *Conn // nil until an exchange is given

	identity [2]bool // credentials were accepted, by the origin server and by the proxy

	gap       bool // the next exchange has its Gap set
	unsure    bool // bytes of the server were lost: an answer may be missing
	unasked   bool // bytes of the client were lost since its last request: a request may be missing
	pipelined bool // a request came before the one before it was answered
	foreign   bool // it turned out not to speak HTTP
}

const httpActive = 1 << 31

// admits reports whether direction d may send a response, or a request: both
// as long as nobody knows who the client is.
func (h *httpConn) admits(d capture.Dir, response bool) bool {
	return !h.known || (d == h.client) != response
}

func (h *httpConn) server() capture.Dir { return 1 - h.client }

// quiet reports whether all that matters of h fits into an httpIdle.
func (h *httpConn) quiet() bool {
	return h.conn == nil && h.waiting == 0 && !h.gap && !h.unsure && !h.unasked && !h.pipelined &&
		h.half[0].quiet() && h.half[1].quiet()
}

func (h *httpHalf) quiet() bool {
	return h.phase == starting && h.next == starting && h.held == nil && h.whole == 0
}

// over reports whether nothing more can come of h that anybody asked for.
func (h *httpConn) over() bool {
	return h.foreign || h.conn == nil && h.waiting == 0 && h.half[0].phase == muted && h.half[1].phase == muted
}
