package words

import (
	"ntlmtrace/analysis/report"
	"strconv"
	"strings"
)

// Scheme names the scheme of a handshake, and its mechanism if that is another
// one.
func Scheme(h *report.Handshake) string {
	if h.Mechanism != h.Scheme {
		return h.Scheme + " (" + h.Mechanism + ")"
	}
	return h.Scheme
}

// User names who logged on.
func User(h *report.Handshake) string {
	switch {
	case h.Anonymous:
		return "(anonymous)"
	case h.LocalCall:
		return "(local call)"
	}
	return h.Account()
}

// Outcome returns the outcome and the status that shows it.
func Outcome(h *report.Handshake) string {
	if h.Outcome == report.Accepted && h.Trouble == report.ErrorAfter {
		return "accepted, error " + strconv.Itoa(h.Status)
	}
	if h.Status != 0 {
		return h.Outcome.String() + " " + strconv.Itoa(h.Status)
	}
	return h.Outcome.String()
}

// Frames lists the frames of a handshake by the numbers that people know them
// by, each once, with a dash for a message that was not captured: 4 6 8 10.
func Frames(h *report.Handshake, number func(int64) int64) string {
	f := &h.Frames
	messages := []int64{f.Negotiate, f.Challenge, f.Authenticate, f.Result}
	if h.Mechanism != "NTLM" {
		messages = []int64{f.Authenticate, f.Result}
	}
	texts := make([]string, len(messages))
	for i, frame := range messages {
		texts[i] = "-"
		if frame != 0 {
			texts[i] = strconv.FormatInt(number(frame), 10)
		}
	}
	return strings.Join(texts, " ")
}
