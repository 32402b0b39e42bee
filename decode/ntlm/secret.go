package ntlm

import (
	"fmt"
	"io"
)

// Secret is material from which a password can be guessed. Nothing prints it:
// whoever needs the bytes asks for them.
type Secret []byte

const hidden = "[hidden]"

// Bytes returns the bytes themselves, not a copy.
func (s Secret) Bytes() []byte { return s }

// String returns "[hidden]".
func (s Secret) String() string { return hidden }

// GoString returns "[hidden]".
func (s Secret) GoString() string { return hidden }

// Format prints "[hidden]" for every verb, %x included.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// MarshalText returns "[hidden]".
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON returns "[hidden]" as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
