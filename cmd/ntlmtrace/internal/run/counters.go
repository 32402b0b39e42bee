package run

import (
	"maps"
	"slices"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/capture/extract"
	capturelive "ntlmtrace/capture/live"
	"ntlmtrace/decode"
)

// Totals are all that the parts of a run have counted, up to now or to the end.
type Totals struct {
	Sources  []analysis.SourceReport
	Analysis report.NotRead    // Copies and ForgottenEarly; the rest is in Sources
	Drops    int64             // packets missed, by the count of capture files
	Live     capturelive.Stats // of interfaces
	Lines    int64             // of output that were not written and never will be
	Kept     extract.Stats     // of --write
	Files    extract.FileStats // of --write
}

// Row is one counter of something that could not be read or was dropped.
// Tables, JSON, the live screen and the metrics are made from Rows: a counter
// that is in no row is shown nowhere.
type Row struct {
	report.Counter
	Metric Metric
	Of     func(*Totals) int64
}

// Metric is what Prometheus knows a row by:
// ntlmtrace_FAMILY_total{reason="REASON"}.
type Metric struct{ Family, Reason string }

// The families of metrics, with what they count.
const (
	drops   = "drops"
	notRead = "not_read"
	twice   = "counted_once"
	full    = "buffer_full"
)

// Help says what each family of metrics counts.
var Help = map[string]string{
	drops:   "What was dropped: packets by the kernel, connections, handshakes and bytes by the memory limit, lines of output and packets of --write by a full disk.",
	notRead: "What was captured and could not be read, by reason.",
	twice:   "What was captured twice and counted once.",
	full:    "How often a buffer for packets was full.",
}

// Rows are all counters, in the order in which programs get them.
var Rows = []Row{
	{
		report.Counter{Key: "tls_connections", Kind: report.Unread, Always: true, Brief: "TLS", Words: "TLS connections, not decrypted"},
		Metric{notRead, "tls_connection"}, decoded(func(s *decode.Stats) int64 { return s.TLSConnections }),
	},
	{
		report.Counter{Key: "http2_connections", Kind: report.Unread, Always: true, Brief: "HTTP/2", Words: "HTTP/2 connections, not decoded"},
		Metric{notRead, "http2_connection"}, decoded(func(s *decode.Stats) int64 { return s.HTTP2Connections }),
	},
	{
		report.Counter{Key: "gaps", Kind: report.Missing, Always: true, Brief: "gaps", Words: "gaps in streams: packets that were not captured"},
		Metric{notRead, "gap"}, captured(func(s *capture.Stats) int64 { return s.Gaps }),
	},
	{
		report.Counter{Key: "cut_packets", Kind: report.Missing, Always: true, Brief: "cut packets", Words: "packets cut by the capture (capture with -s 0)"},
		Metric{notRead, "cut_packet"}, captured(func(s *capture.Stats) int64 { return s.Cut }),
	},
	{
		report.Counter{Key: "duplicates", Kind: report.Twice, Always: true, Words: "packets captured twice, counted once"},
		Metric{twice, "packet"}, captured(func(s *capture.Stats) int64 { return s.Duplicates }),
	},
	{
		report.Counter{Key: "one_sided", Kind: report.Missing, Always: true, Brief: "one-sided", Words: "connections of which one direction was captured"},
		Metric{notRead, "one_sided_connection"}, captured(func(s *capture.Stats) int64 { return s.OneSided }),
	},
	{
		report.Counter{Key: "evicted", Kind: report.Limited, Always: true, Brief: "forgotten for memory", Words: "connections dropped to keep within the memory limit (--max-memory)"},
		Metric{drops, "connection_memory"}, captured(func(s *capture.Stats) int64 { return s.Evicted }),
	},
	{
		report.Counter{Key: "dropped_bytes", Kind: report.Limited, Always: true, Brief: "bytes out of order dropped", Words: "bytes out of order dropped to keep within the memory limit (--max-memory)"},
		Metric{drops, "reorder_bytes"}, captured(func(s *capture.Stats) int64 { return s.DroppedBytes }),
	},
	{
		report.Counter{Key: "copies", Kind: report.Twice, Always: true, Words: "handshakes captured twice under other addresses, counted once"},
		Metric{twice, "handshake"}, func(t *Totals) int64 { return t.Analysis.Copies },
	},
	{
		report.Counter{Key: "forgotten_early", Kind: report.Limited, Always: true, Brief: "forgotten for memory", Words: "handshakes forgotten early to keep within the memory limit (--max-memory)"},
		Metric{drops, "handshake_memory"}, func(t *Totals) int64 { return t.Analysis.ForgottenEarly },
	},
	{
		report.Counter{Key: KernelDrops, Kind: report.Dropped, Always: true, Words: "packets that the capturing machine dropped (live: --ring)"},
		Metric{drops, "kernel"}, func(t *Totals) int64 { return t.Drops + t.Live.Dropped },
	},
	{
		report.Counter{Key: OutputDrops, Kind: report.Dropped, Words: "lines of output that could not be written"},
		Metric{drops, "output"}, func(t *Totals) int64 { return t.Lines },
	},
	{
		report.Counter{Key: "write_drops", Kind: report.Dropped, Words: "packets that could not be written (--write)"},
		Metric{drops, "write"}, func(t *Totals) int64 { return t.Files.Lost },
	},
	{
		report.Counter{Key: "buffer_full", Kind: report.Dropped, Words: "times that the buffer for captured packets was full (live: --ring)"},
		Metric{full, "kernel"}, func(t *Totals) int64 { return t.Live.Frozen },
	},
	{
		report.Counter{Key: "other_connections", Kind: report.Unread, Brief: "of other protocols", Words: "connections of protocols that are not read"},
		Metric{notRead, "other_connection"}, decoded(func(s *decode.Stats) int64 { return s.OtherConnections }),
	},
	{
		report.Counter{Key: "lost_bytes", Kind: report.Missing, Words: "bytes missing in these gaps"},
		Metric{notRead, "lost_byte"}, captured(func(s *capture.Stats) int64 { return s.LostBytes }),
	},
	{
		report.Counter{Key: "conflicts", Kind: report.Missing, Brief: "conflicts", Words: "segments that contradict bytes captured before: the first were kept"},
		Metric{notRead, "conflict"}, captured(func(s *capture.Stats) int64 { return s.Conflicts }),
	},
	{
		report.Counter{Key: "one_sided_http", Kind: report.Missing, Words: "HTTP connections of which one direction was captured"},
		Metric{notRead, "one_sided_http_connection"}, decoded(func(s *decode.Stats) int64 { return s.OneSided }),
	},
	{
		report.Counter{Key: "incomplete_messages", Kind: report.Missing, Brief: "incomplete messages", Words: "HTTP messages that were cut, or passed over to find the next one"},
		Metric{notRead, "incomplete_message"}, decoded(func(s *decode.Stats) int64 { return s.Incomplete }),
	},
	{
		report.Counter{Key: "long_heads", Kind: report.Limited, Brief: "long heads", Words: "HTTP heads that are too long to be read"},
		Metric{notRead, "long_head"}, decoded(func(s *decode.Stats) int64 { return s.HeadsTooLong }),
	},
	{
		report.Counter{Key: "unanswered_requests", Kind: report.Limited, Brief: "requests given up", Words: "HTTP requests given up because too many waited for an answer"},
		Metric{drops, "unanswered_request"}, decoded(func(s *decode.Stats) int64 { return s.Unanswered }),
	},
	{
		report.Counter{Key: "nested_too_deep", Kind: report.Limited, Brief: "nested too deep", Words: "connections inside others, nested too deep to be read"},
		Metric{notRead, "nested_too_deep"}, decoded(func(s *decode.Stats) int64 { return s.TooDeep }),
	},
	{
		report.Counter{Key: "unknown_datagrams", Kind: report.Unread, Brief: "UDP", Words: "UDP datagrams of protocols that are not read"},
		Metric{notRead, "unknown_datagram"}, decoded(func(s *decode.Stats) int64 { return s.UnknownDatagrams }),
	},
	{
		report.Counter{Key: "not_decoded", Kind: report.Undecoded, Brief: "packets not decoded", Words: "packets not decoded: "},
		Metric{notRead, "packet_not_decoded"}, nil, // by reason, see undecoded
	},
}

// The keys of counters that a live capture asks for.
const (
	KernelDrops = "kernel_drops"
	OutputDrops = "output_drops"
)

// captured returns the sum of a counter of packets over the sources.
func captured(of func(*capture.Stats) int64) func(*Totals) int64 {
	return func(t *Totals) (n int64) {
		for i := range t.Sources {
			n += of(&t.Sources[i].Capture)
		}
		return n
	}
}

// decoded returns the sum of a counter of messages over the sources.
func decoded(of func(*decode.Stats) int64) func(*Totals) int64 {
	return func(t *Totals) (n int64) {
		for i := range t.Sources {
			n += of(&t.Sources[i].Decode)
		}
		return n
	}
}

// Counters returns the values of all rows.
func (t *Totals) Counters() report.Counters {
	out := make(report.Counters, 0, len(Rows))
	for i := range Rows {
		if Rows[i].Of == nil {
			out = t.undecoded(out, Rows[i].Counter)
			continue
		}
		c := Rows[i].Counter
		c.Value = Rows[i].Of(t)
		out = append(out, c)
	}
	return out
}

// undecoded adds a counter for each reason why packets were not decoded.
func (t *Totals) undecoded(out report.Counters, c report.Counter) report.Counters {
	reasons := map[string]int64{}
	for i := range t.Sources {
		for reason, n := range t.Sources[i].Capture.NotDecoded {
			reasons[reason] += n
		}
	}
	words := c.Words
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		c.Detail, c.Words, c.Value = reason, words+reason, reasons[reason]
		out = append(out, c)
	}
	return out
}
