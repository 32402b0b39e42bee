package file

import (
	"net/netip"

	"ntlmtrace/capture"
)

// What a source keeps besides its packets is bounded by number and by bytes:
// none of it may fill the memory.
const (
	maxComments    = 100
	maxCommentText = 4 << 10
	maxNames       = 64 << 10
	maxNameText    = 255 // RFC 1035 section 2.3.4
	maxSecretBytes = 16 << 20
	maxLinkTypes   = 64
	maxInterfaces  = 1024
)

// Comment is a text in the capture that a person or a program added.
type Comment struct {
	Frame int64  // number of the frame it is about; 0 if it is about the file or an interface
	Text  string // as in the file: not checked and not safe to show as it is
}

// SecretTLSKeyLog is the type of secrets that are lines of a TLS key log file,
// "TLSK".
const SecretTLSKeyLog = 0x544c534b

// Secret is the contents of a decryption secrets block.
type Secret struct {
	Type uint32
	Data []byte // owned by the Source for as long as it lives
}

// extras is what files hold besides packets.
type extras struct {
	links        []capture.LinkType
	names        map[netip.Addr]string
	secrets      []Secret
	secretBytes  int
	comments     []Comment
	commentCount int64
	drops        int64
	interfaces   map[int]string
}

// used notes a link type. The list stays short, so that looking through it
// does.
func (e *extras) used(t capture.LinkType) {
	if len(e.links) == maxLinkTypes {
		return
	}
	for _, known := range e.links {
		if known == t {
			return
		}
	}
	e.links = append(e.links, t)
}

// name notes the name of an address; it reports whether the limits allow it.
func (e *extras) name(a netip.Addr, name []byte) bool {
	if e.names == nil {
		e.names = make(map[netip.Addr]string)
	}
	if _, known := e.names[a]; known || len(name) == 0 {
		return true
	}
	if len(e.names) == maxNames || len(name) > maxNameText {
		return false
	}
	e.names[a] = string(name)
	return true
}

// interfaceName notes the name of interface n.
func (e *extras) interfaceName(n int, name []byte) {
	if e.interfaces == nil {
		e.interfaces = make(map[int]string)
	}
	if len(e.interfaces) < maxInterfaces {
		e.interfaces[n] = string(name[:min(len(name), maxNameText)])
	}
}

// secret keeps a copy of a secret; it reports whether the limits allow it.
func (e *extras) secret(kind uint32, data []byte) bool {
	if e.secretBytes+len(data) > maxSecretBytes {
		return false
	}
	e.secretBytes += len(data)
	e.secrets = append(e.secrets, Secret{Type: kind, Data: append([]byte(nil), data...)})
	return true
}

func (e *extras) comment(frame int64, text []byte) {
	e.commentCount++
	if len(e.comments) < maxComments {
		text = text[:min(len(text), maxCommentText)]
		e.comments = append(e.comments, Comment{Frame: frame, Text: string(text)})
	}
}
