package analysis

import (
	"hash/maphash"
	"strings"
	"time"

	"ntlmtrace/decode"
)

var replySeed = maphash.MakeSeed()

// replyKey hashes what a proxy passes on unchanged of a response; 0 if not all
// of it was captured.
func replyKey(r *decode.Response) uint64 {
	if r.Cut {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(replySeed)
	h.WriteByte(byte(r.Status))
	h.WriteByte(byte(r.Status >> 8))
	for _, name := range [...]string{"ETag", "Location"} {
		h.WriteString(r.Field(name))
		h.WriteByte(0)
	}
	return mix(h.Sum64(), uint64(r.ContentLength))
}

// persistent reads the Persistent-Auth field, MS-N2HT section 2.2.2.
func persistent(r *decode.Response) int8 {
	switch v := r.Field("Persistent-Auth"); {
	case strings.EqualFold(v, "true"):
		return 1
	case strings.EqualFold(v, "false"):
		return -1
	}
	return 0
}

// elapsed gives the time from a to b; never negative, for clocks go back.
func elapsed(a, b int64) time.Duration { return time.Duration(max(b-a, 0)) }

// clip copies s, cut to n bytes.
func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.Clone(s)
}
