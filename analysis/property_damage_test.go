package analysis_test

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/capture"
)

// misuse is the rules that say that a logon was misused or led astray. A capture
// that lost packets may prove less than a whole one, never such a thing that the
// whole one does not.
func misuse(rule string) bool {
	switch rule {
	case "handshake-split", "identity-bleed", "ntlm-relay":
		return true
	}
	return strings.HasPrefix(rule, "double-hop-")
}

// astray is the rules that say that a token came where it does not belong, and
// leave open how. They may be what is left of a misuse.
func astray(rule string) bool {
	switch rule {
	case "stale-token-resent", "server-changed-mid-handshake", "token-replayed-by-other-client", "token-without-challenge":
		return true
	}
	return false
}

// closed is the rule about tokens that were sent over another connection because
// their own was closed: without the packets that say so, they are astray, or
// their handshake is split.
func closed(rule string) bool { return rule == "connection-closed-mid-handshake" }

// TestLostPackets leaves one packet after the other out of every sample.
func TestLostPackets(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		for i, p := range s.some() {
			s.accusesNoMore(t, fmt.Sprintf("without frame %d", p.Frame), slices.Delete(slices.Clone(s.packets), i, i+1))
		}
	})
}

// TestCaptureEndsEarly ends every sample after each of its packets. Those that
// lack packets themselves stay out: what shows that comes later in them.
func TestCaptureEndsEarly(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		if s.rules["capture-incomplete"] {
			t.Skip("it lacks packets as it is")
		}
		for i, p := range s.some() {
			s.accusesNoMore(t, fmt.Sprintf("up to frame %d", p.Frame), s.packets[:i+1])
		}
	})
}

// TestCaptureBeginsLate begins every sample with each of its packets.
func TestCaptureBeginsLate(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		for i, p := range s.some() {
			s.accusesNoMore(t, fmt.Sprintf("from frame %d", p.Frame), s.packets[i:])
		}
	})
}

// TestPacketsCutShort cuts one packet after the other to its headers and some
// bytes, as a snapshot length does.
func TestPacketsCutShort(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		for i, p := range s.some() {
			const kept = 100
			if len(p.Data) <= kept {
				continue
			}
			packets := slices.Clone(s.packets)
			packets[i].Data = p.Data[:kept]
			s.accusesNoMore(t, fmt.Sprintf("frame %d cut short", p.Frame), packets)
		}
	})
}

// some gives the packets of the sample with their places: all, or a few of them
// if the tests are to be short.
func (s sample) some() iter.Seq2[int, capture.Packet] {
	step := 1
	if testing.Short() {
		step = 5
	}
	return func(yield func(int, capture.Packet) bool) {
		for i := 0; i < len(s.packets) && yield(i, s.packets[i]); i += step {
		}
	}
}

// accusesNoMore reads what is left of a sample.
func (s sample) accusesNoMore(t *testing.T, how string, packets []capture.Packet) {
	t.Helper()
	guilty := slices.ContainsFunc(slices.Collect(maps.Keys(s.rules)), func(rule string) bool { return misuse(rule) || astray(rule) || closed(rule) })
	for _, f := range analysistest.ReadPackets(packets, analysis.Options{}).Findings {
		if f.Rule.ID == "handshake-split" && slices.ContainsFunc(slices.Collect(maps.Keys(s.rules)), closed) {
			continue
		}
		if id := f.Rule.ID; !s.rules[id] && (misuse(id) || astray(id) && !guilty) {
			t.Errorf("%s: %s %s/%s: %s", how, id, f.Severity, f.Confidence, f.Summary)
		}
	}
}
