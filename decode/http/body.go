package http

import (
	"bytes"

	"ntlmtrace/capture/tcp"
)

// advice tells the assembler what half wants next. What it is asked to skip is
// no longer left.
func (half *half) advice() tcp.Advice {
	switch half.phase {
	case muted:
		return tcp.Mute
	case counted, chunkData:
		a := tcp.Skip(half.left)
		half.skip(int64(a))
		return a
	}
	return tcp.More
}

// skip passes over n bytes of a body or chunk.
func (half *half) skip(n int64) {
	half.left -= n
	switch {
	case half.left > 0:
	case half.phase == chunkData:
		half.phase, half.digits = chunkSize, 0
	default:
		half.phase = starting
	}
}

// body passes over what p has of a body or chunk, and returns the rest.
func (half *half) body(p []byte) []byte {
	n := min(half.left, int64(len(p)))
	half.skip(n)
	return p[n:]
}

// chunkLine reads the lines between the chunks and after the last one, RFC 9112
// section 7.1, and keeps none of them. It returns what follows, and false for a
// size that is no number.
func (half *half) chunkLine(p []byte) (rest []byte, ok bool) {
	switch half.phase {
	case chunkSize:
		return half.readSize(p)
	case trailer:
		switch p[0] {
		case '\n':
			half.phase = starting
		case '\r':
		default:
			half.phase = trailerEnd
		}
		return p[1:], true
	}
	nl := bytes.IndexByte(p, '\n')
	if nl < 0 {
		return nil, true
	}
	if half.phase == trailerEnd {
		half.phase = trailer
	} else {
		half.beginChunk()
	}
	return p[nl+1:], true
}

// readSize reads p up to the end of the chunk size. The line end that closes
// the chunk before is passed over with it.
func (half *half) readSize(p []byte) (rest []byte, ok bool) {
	for i, c := range p {
		digit := hexDigit(c)
		switch {
		case digit >= 0:
			half.left = min(half.left<<4|int64(digit), maxLength)
			half.digits = 1
		case half.digits == 0 && (c == '\r' || c == '\n' || isBlank(c)):
		case half.digits == 0:
			return p[i:], false
		case c == '\n':
			half.beginChunk()
			return p[i+1:], true
		default:
			half.phase = chunkExt
			return p[i+1:], true
		}
	}
	return nil, true
}

// beginChunk goes on after a chunk-size line.
func (half *half) beginChunk() {
	half.phase = chunkData
	if half.left == 0 {
		half.phase = trailer
	}
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// frame sets half to what follows a head whose message has a body by its
// fields, RFC 9112 section 6.3: Transfer-Encoding wins over Content-Length.
func (half *half) frame(hd *head) {
	half.left, half.next, half.torn = 0, starting, false
	switch {
	case hd.chunked:
		half.phase, half.digits = chunkSize, 0
	case hd.coded, hd.response && hd.length < 0:
		half.phase = muted // until close
		if !hd.response {
			// A request whose length nobody can know, section 6.3: the
			// server refuses it.
			half.phase = searching
		}
	case hd.length > 0:
		half.phase, half.left = counted, hd.length
	}
	if hd.expect && (half.phase == counted || half.phase == chunkSize) {
		half.phase, half.next = expecting, half.phase
	}
}
