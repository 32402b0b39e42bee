package trace

import (
	"ntlmtrace/capture"
	"ntlmtrace/decode"
)

// Source is what reading one source gave.
type Source struct {
	Name    string
	Capture capture.Stats
	Decode  decode.Stats
}
