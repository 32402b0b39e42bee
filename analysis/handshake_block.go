package analysis

import (
	"strings"

	"ntlmtrace/decode/ntlm"
)

// blockSize is how many handshakes are made together: with what they share they fill
// 8 KiB, a size that the allocator has. Whoever holds one of them keeps all of them,
// so they are few.
const blockSize = 31

// blockTexts is how many bytes of texts a block has room for from the start: it
// suffices for most.
const blockTexts = 2 << 10

// handshakeBlock holds handshakes that were begun one after the other, and
// their texts. Nothing in it moves, and it is free when nobody points into it.
type handshakeBlock struct {
	handshakes [blockSize]handshakeState
	before     int64 // id of the last handshake before them
	used       int
	held       int // those of them that somebody may look for
	analysis   *Analysis
	texts      strings.Builder     // one text after the other
	last       [textFields]textRef // the last of each field
}

// textField names a text of a handshake.
type textField uint8

const (
	textCarrier textField = iota
	textScheme
	textHost
	textTarget
	textUser
	textDomain
	textWorkstation
	textSPN
	textMadeFor

	textFields
)

// textRef is where a text is in its block: offset and, in the low bits, length.
type textRef uint32

const (
	textLengthBits = 11
	// maxText is the longest text that is kept. With all of them as long, the
	// texts of a block end far below what an offset can say.
	maxText = 1024
)

// text gives a text of the block. It stays as it is for as long as anybody holds it.
func (b *handshakeBlock) text(r textRef) string {
	at := int(r >> textLengthBits)
	return b.texts.String()[at : at+int(r&(1<<textLengthBits-1))]
}

// set keeps a copy of s, cut to maxText bytes, as a text of h. Most
// handshakes have several texts in common with the one before or among themselves.
func (h *handshakeState) set(f textField, s string) { set(h, f, s) }

// setPair keeps a text of a list of AV_PAIR.
func (h *handshakeState) setPair(f textField, p ntlm.AVPairs, id ntlm.AVID) {
	var b [128]byte
	set(h, f, p.AppendText(b[:0], id))
}

func set[T string | []byte](h *handshakeState, f textField, s T) {
	if len(s) == 0 {
		h.texts[f] = 0
		return
	}
	s = s[:min(len(s), maxText)]
	b := h.block
	ref := b.last[f]
	if ref == 0 || b.text(ref) != string(s) {
		ref = textRef(b.texts.Len()<<textLengthBits | len(s))
		b.texts.WriteString(string(s))
	}
	h.texts[f], b.last[f] = ref, ref
}

func (h *handshakeState) text(f textField) string {
	if h.texts[f] == 0 {
		return ""
	}
	return h.block.text(h.texts[f])
}

// The texts: see the fields of Handshake.
func (h *handshakeState) carrier() string      { return h.text(textCarrier) }
func (h *handshakeState) scheme() string       { return h.text(textScheme) }
func (h *handshakeState) host() string         { return h.text(textHost) }
func (h *handshakeState) user() string         { return h.text(textUser) }
func (h *handshakeState) domain() string       { return h.text(textDomain) }
func (h *handshakeState) workstation() string  { return h.text(textWorkstation) }
func (h *handshakeState) spn() string          { return h.text(textSPN) }
func (h *handshakeState) serverName() string   { return h.by().name }
func (h *handshakeState) serverDNS() string    { return h.by().dns }
func (h *handshakeState) serverDomain() string { return h.by().domain }

// target is kept until the verdict, and beyond only if somebody wants to see it.
func (h *handshakeState) target() string {
	if h.passing != nil && len(h.passing.target) > 0 {
		return string(h.passing.target)
	}
	return h.text(textTarget)
}

// madeFor names the server whose CHALLENGE the AUTHENTICATE says it answers.
func (h *handshakeState) madeFor() string {
	if h.forIssuer {
		return h.by().name
	}
	return h.text(textMadeFor)
}
