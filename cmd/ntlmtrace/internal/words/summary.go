package words

import (
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/units"
)

// NothingFound returns what no findings mean: that nothing is wrong is one
// thing, that nothing could be seen another.
func NothingFound(s *report.Summary, c report.Counters) string {
	switch {
	case s.Healthy():
		return "Nothing wrong was found in " + units.Count(s.Handshakes, "handshake") + Unfinished(s) + "."
	case s.Unexplained.Any():
		return Unexplained(s)
	case s.Troubles.Any():
		return Troubles(s.Troubles) + "; a later try went through."
	case s.Handshakes > 0:
		return "No outcome of " + units.Count(s.Handshakes, "handshake") + " was seen: nothing can be said."
	case s.Requests > 0:
		return "No authentication was seen: nothing can be said."
	case c.Value("tls_connections") > 0 && c.Value("http2_connections") == 0:
		return "No HTTP could be read, only TLS: nothing can be said."
	case s.Packets == 0:
		return "The capture holds no packets."
	}
	return "No HTTP was seen: nothing can be said."
}

// Unexplained returns which handshakes in trouble no rule explains; "" if there
// is none.
func Unexplained(s *report.Summary) string {
	if !s.Unexplained.Any() {
		return ""
	}
	return Troubles(s.Unexplained) + "; no rule explains " + it(s.Unexplained) + "."
}

// Troubles returns in words how many handshakes are in trouble, and in which.
func Troubles(t report.Troubles) string {
	var parts []string
	for _, p := range [...]struct {
		n              int64
		what, one, all string
	}{
		{t.Refused, "logon", " was refused", " were refused"},
		{t.Unanswered, "handshake", " was not answered", " were not answered"},
		{t.ErrorAfter, "logon", " was answered with an error", " were answered with an error"},
	} {
		switch {
		case p.n == 1:
			parts = append(parts, units.Count(p.n, p.what)+p.one)
		case p.n > 0:
			parts = append(parts, units.Count(p.n, p.what)+p.all)
		}
	}
	return strings.Join(parts, ", ")
}

// it returns the word for one handshake in trouble, or several.
func it(t report.Troubles) string {
	if t.Refused+t.Unanswered+t.ErrorAfter == 1 {
		return "it"
	}
	return "them"
}

// Unfinished returns how many handshakes were answered with an error, and how
// many have no outcome in the capture.
func Unfinished(s *report.Summary) (text string) {
	if n := s.Troubles.ErrorAfter; n > 0 {
		text = ", " + units.Grouped(n) + " of them answered with an error"
	}
	if n := s.Handshakes - s.Accepted - s.Denied; n > 0 {
		text += ", " + units.Grouped(n) + " of them without an outcome"
	}
	return text
}

// Groups says that captures were analysed apart; "" if all were analysed
// together.
func Groups(sources []*result.Source) string {
	groups := 0
	for _, s := range sources {
		groups = max(groups, s.Group)
	}
	if groups == 0 {
		return ""
	}
	return units.Count(int64(groups), "group") + " of captures, each analysed by itself: no finding joins them"
}

// NotRead returns in a few words what could not be read. Counters with the same
// words are added up.
func NotRead(c report.Counters) string {
	var names []string
	values := map[string]int64{}
	for _, n := range c.Seen() {
		if n.Brief == "" {
			continue
		}
		if values[n.Brief] == 0 {
			names = append(names, n.Brief)
		}
		values[n.Brief] += n.Value
	}
	for i, name := range names {
		names[i] = units.Brief(values[name]) + " " + name
	}
	return strings.Join(names, ", ")
}
