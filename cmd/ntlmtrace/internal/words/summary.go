package words

import (
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
)

// NothingFound says what no findings mean: that nothing is wrong is one thing,
// that nothing could be seen another.
func NothingFound(s *report.Summary) string {
	n := &s.NotRead
	switch {
	case s.Handshakes > 0:
		return "Nothing wrong was found in " + units.Count(s.Handshakes, "handshake") + Unfinished(s) + "."
	case s.Requests > 0:
		return "No authentication was seen: nothing can be said."
	case n.TLSConnections > 0 && n.HTTP2Connections == 0:
		return "No HTTP could be read, only TLS: nothing can be said."
	case s.Packets == 0:
		return "The capture holds no packets."
	}
	return "No HTTP was seen: nothing can be said."
}

// Unfinished says how many handshakes have no outcome in the capture.
func Unfinished(s *report.Summary) string {
	if n := s.Handshakes - s.Accepted - s.Denied; n > 0 {
		return ", " + units.Grouped(n) + " of them without an outcome"
	}
	return ""
}

// NotRead says in a few words what could not be read.
func NotRead(n *report.NotRead) string {
	undecoded := int64(0)
	for _, c := range n.NotDecoded {
		undecoded += c
	}
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{
		{n.TLSConnections, "TLS"},
		{n.HTTP2Connections, "HTTP/2"},
		{n.Gaps, "gaps"},
		{n.CutPackets, "cut packets"},
		{n.DroppedBytes, "bytes out of order dropped"},
		{n.OneSided, "one-sided"},
		{n.Evicted + n.ForgottenEarly, "forgotten for memory"},
		{undecoded, "packets not decoded"},
	} {
		if p.n > 0 {
			parts = append(parts, units.Brief(p.n)+" "+p.what)
		}
	}
	return strings.Join(parts, ", ")
}
