package http

import (
	"ntlmtrace/capture"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/ntlm"
)

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
	muted                   // nothing more is of interest
)

// half is one direction of a connection.
type half struct {
	phase     phase
	next      phase // after expecting: counted or chunkSize
	lineStart bool  // searching: the next byte begins a line
	torn      bool  // bytes were lost since the last message: segments may begin anywhere
	digits    uint8 // chunkSize: digits read
	left      int64 // bytes of the body or chunk to come, or the chunk size as far as it is read
	held      *held // part of a head; nil if nothing is held

	// unfinished is the number, from 1, of the exchange whose message has the
	// body that half is in, if the sink knows it: the sink wants to know where
	// the message is there to its end. It is 0 otherwise.
	unfinished uint32
}

// held is the beginning of a head that was cut by the end of a segment.
type held struct {
	data        []byte
	first, last capture.Stamp // of the first and the last byte
	line        bool          // data has a good start line
	fresh       bool          // data changed otherwise than at its end
}

// idleConn is what is kept of a connection on which nothing is under way, so
// that many may be open. Its number goes into carrier.Conn.Handle.
type idleConn struct {
	start  capture.Stamp // first payload
	index  uint32        // exchanges so far
	client capture.Dir   // who sends requests; valid if known
	known  bool
	seen   [2]bool // which directions gave bytes
}

// Link implements slab.Value.
func (h *idleConn) Link() *uint32 { return &h.index }

// conn is a connection on which something is under way, or of which exchanges
// were given. The number in Handle then has the bit activeBit.
type conn struct {
	idleConn
	half [2]half
	queue
	conn *auth.Conn // nil until an exchange is given

	identity   [2]bool       // credentials were accepted, by the origin server and by the proxy
	negotiated [2]ntlm.Flags // of the last CHALLENGE of each of them
	interest   auth.Interest // of the sink, as far as it was asked

	gap       bool // the next exchange has its Gap set
	unsure    bool // bytes of the server were lost: an answer may be missing
	unasked   bool // bytes of the client were lost since its last request: a request may be missing
	pipelined bool // a request came before the one before it was answered
	foreign   bool // it turned out not to speak HTTP
	tunnel    bool // what follows is inside a tunnel
}

const activeBit = 1 << 31

// admits reports whether direction d may send a response, or a request: both
// as long as nobody knows who the client is.
func (h *conn) admits(d capture.Dir, response bool) bool {
	return !h.known || (d == h.client) != response
}

func (h *conn) server() capture.Dir { return 1 - h.client }

// settled reports whether all that matters of h fits into an idleConn.
func (h *conn) settled() bool {
	return h.conn == nil && h.waiting == 0 && !h.gap && !h.unsure && !h.unasked && !h.pipelined &&
		h.half[0].settled() && h.half[1].settled()
}

func (h *half) settled() bool {
	return h.phase == starting && h.next == starting && h.held == nil && h.unfinished == 0
}

// over reports whether nothing more can come of h that anybody asked for.
func (h *conn) over() bool {
	return h.foreign || h.conn == nil && h.waiting == 0 && h.half[0].phase == muted && h.half[1].phase == muted
}
