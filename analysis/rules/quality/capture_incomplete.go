package quality

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// CaptureIncomplete is the rule capture-incomplete: "The capture cannot tell
// everything".
var CaptureIncomplete = &trace.Rule{
	Rule: report.Rule{
		ID: "capture-incomplete", Title: "The capture cannot tell everything", Severity: report.Info,
		Evidence:   "Packets cut by the snapshot length, gaps in connections, connections of which one direction is missing, TLS without keys, HTTP/2, or an AUTHENTICATE whose challenge may have been lost.",
		NotIf:      "None: it is a fact about the capture, not about the network.",
		Why:        "What was not captured, or is encrypted, cannot be judged: a verdict may be missing.",
		Fix:        "Capture whole packets (tcpdump -s 0; pktmon start --capture --pkt-size 0), both directions, on the machine itself; for TLS capture behind its end or have the keys.",
		References: []string{"MS-NLMP 3.2.5.1.2"},
	},
	Fold: trace.BySource,
	New: func(*trace.Index) trace.Questions {
		var list []*trace.Handshake // tokens that cannot be judged: their challenge may be lost
		return trace.Questions{
			OnHandshake: func(_ *trace.Index, h *trace.Handshake) []*trace.Finding {
				if r := h.Relation; r != nil && r.Kind != trace.Unclear || !h.HasToken() || h.Frames.Challenge != 0 || !h.Gap || h.Outcome == report.Accepted {
					return nil
				}
				if len(list) < maxUnclear {
					list = append(list, h)
				}
				return nil
			},
			OnEnd: func(ix *trace.Index) []*trace.Finding {
				var out []*trace.Finding
				for i, s := range ix.Sources {
					why := notSeen(s)
					var about []*trace.Handshake
					for _, h := range list {
						if int(h.Conn.Source) == i {
							about = append(about, h)
						}
					}
					if len(about) > 0 {
						why = append(why, "a token whose challenge may be what is missing")
					}
					if len(why) == 0 {
						continue
					}
					f := ix.NewFinding(report.Sure, netip.Addr{}, "", about...)
					f.Source = s.Name
					f.Summary = s.Name + ": " + strings.Join(why, ", ")
					for _, h := range about {
						f.Evidence = append(f.Evidence, ix.ShowCredentials(h, ", bytes are missing before it"))
					}
					out = append(out, f)
				}
				return out
			},
		}
	},
}

// maxUnclear bounds the tokens that are shown as unclear.
const maxUnclear = 20

// notSeen lists what could not be read of a source and may hide authentication.
func notSeen(s trace.Source) []string {
	var out []string
	add := func(n int64, one, many string) {
		switch {
		case n == 1:
			out = append(out, "1 "+one)
		case n > 1:
			out = append(out, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(s.Capture.Cut, "packet cut by the snapshot length", "packets cut by the snapshot length")
	add(s.Capture.Gaps, "gap in a connection", "gaps in connections")
	add(s.Capture.OneSided, "connection in one direction only", "connections in one direction only")
	add(s.Decode.TLSConnections, "TLS connection without keys", "TLS connections without keys")
	add(s.Decode.HTTP2Connections, "HTTP/2 connection", "HTTP/2 connections")
	add(s.Capture.Evicted, "connection dropped to save memory", "connections dropped to save memory")
	var lost int64
	reasons := make([]string, 0, len(s.Capture.NotDecoded))
	for why, n := range s.Capture.NotDecoded {
		lost += n
		reasons = append(reasons, why)
	}
	slices.Sort(reasons)
	if lost > 0 {
		out = append(out, fmt.Sprintf("%d packets not decoded (%s)", lost, strings.Join(reasons, ", ")))
	}
	return out
}
