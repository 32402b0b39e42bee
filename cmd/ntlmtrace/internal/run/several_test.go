package run

import (
	"flag"
	"io"
	"slices"
	"testing"

	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
)

// read runs the command's own reading over files and gives what it found.
func read(t *testing.T, names ...string) []string {
	t.Helper()
	found, err := New(Options{Names: names, Notes: notes.To(io.Discard)}).Do(t.Context(), Output{})
	if err != nil {
		t.Fatal(err)
	}
	about := slices.DeleteFunc(found.Report.Findings, func(f *report.Finding) bool {
		return f.Rule.ID == "capture-incomplete" && !f.Client.IsValid() // it is about a file
	})
	return analysistest.Said(about)
}

// compare reads files in the order given and in the opposite one.
func compare(t *testing.T, want []string, how string, files ...[]byte) {
	t.Helper()
	names := samplestest.Stored(t, files...)
	if d := analysistest.Difference(want, read(t, names...)); d != "" {
		t.Errorf("%s:%s", how, d)
	}
	slices.Reverse(names)
	if d := analysistest.Difference(want, read(t, names...)); d != "" {
		t.Errorf("%s, named in the opposite order:%s", how, d)
	}
}

var everyPacket = flag.Bool("everypacket", false, "continue samples in a second file after each of their packets, not after some")

// TestSamplesContinued cuts every sample in two, as a ring buffer does: what is
// found stays the same.
func TestSamplesContinued(t *testing.T) {
	samplestest.Each(t, func(t *testing.T, packets []capture.Packet) {
		want := read(t, samplestest.Stored(t, analysistest.PCAP(packets))...)
		step := max(1, len(packets)/4)
		if *everyPacket {
			step = 1
		}
		for at := 1; at < len(packets); at += step {
			compare(t, want, "cut after a packet", analysistest.PCAP(packets[:at]), analysistest.PCAP(packets[at:]))
		}
	})
}

// TestSamplesCutInMany makes every few packets a file.
func TestSamplesCutInMany(t *testing.T) {
	samplestest.Each(t, func(t *testing.T, packets []capture.Packet) {
		var files [][]byte
		for part := range slices.Chunk(packets, max(3, len(packets)/20)) {
			files = append(files, analysistest.PCAP(part))
		}
		compare(t, read(t, samplestest.Stored(t, analysistest.PCAP(packets))...), "cut in many", files...)
	})
}

// TestSamplesOnTwoTaps captures every connection of a sample on one tap or the
// other, and all of them on both.
func TestSamplesOnTwoTaps(t *testing.T) {
	samplestest.Each(t, func(t *testing.T, packets []capture.Packet) {
		whole := analysistest.PCAP(packets)
		want := read(t, samplestest.Stored(t, whole)...)
		compare(t, want, "all on both taps", whole, whole)
		talks := conversations(packets)
		for i := range min(len(talks), 3) {
			one := talks[i]
			others := slices.DeleteFunc(slices.Clone(packets), func(p capture.Packet) bool {
				return slices.ContainsFunc(one, func(q capture.Packet) bool { return q.Frame == p.Frame })
			})
			if len(others) > 0 {
				compare(t, want, "one connection on a tap of its own", analysistest.PCAP(one), analysistest.PCAP(others))
			}
			compare(t, want, "one connection on a second tap as well", analysistest.PCAP(one), whole)
		}
	})
}

// conversations sorts packets by the pair of addresses and ports, which stand
// in their first bytes after the link layer.
func conversations(packets []capture.Packet) [][]capture.Packet {
	place := map[string]int{}
	var out [][]capture.Packet
	for _, p := range packets {
		key := pairOf(p)
		i, ok := place[key]
		if !ok {
			i = len(out)
			place[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], p)
	}
	return out
}

// pairOf names the connection of a TCP packet, whichever end sent it.
func pairOf(p capture.Packet) string {
	ip := p.Data[20:] // LINKTYPE_LINUX_SLL2
	if p.Link == 1 {
		for ip = p.Data[14:]; ip[0]>>4 != 4 && ip[0]>>4 != 6; {
			ip = ip[4:] // an 802.1Q tag
		}
	}
	addrs, tcp := ip[12:20], ip[20:]
	if ip[0]>>4 == 6 {
		addrs, tcp = ip[8:40], ip[40:]
	}
	n := len(addrs) / 2
	ends := []string{string(addrs[:n]) + string(tcp[:2]), string(addrs[n:]) + string(tcp[2:4])}
	slices.Sort(ends)
	return ends[0] + ends[1]
}
