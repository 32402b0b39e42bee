package run

import (
	"flag"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/samplestest"
)

// read runs the command's own reading over files and gives what it found.
func read(t *testing.T, names ...string) []string {
	t.Helper()
	return readBy(t, ByContent, names...)
}

// readBy does so with a decision about what belongs together.
func readBy(t *testing.T, j Joining, names ...string) []string {
	t.Helper()
	found, err := New(Options{Names: names, Joining: j, Notes: notes.To(io.Discard)}).Do(t.Context(), Output{})
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
	compareBy(t, ByContent, want, how, files...)
}

// compareBy does so with a decision about what belongs together.
func compareBy(t *testing.T, j Joining, want []string, how string, files ...[]byte) {
	t.Helper()
	names := samplestest.Stored(t, files...)
	if d := analysistest.Difference(want, readBy(t, j, names...)); d != "" {
		t.Errorf("%s:%s", how, d)
	}
	slices.Reverse(names)
	if d := analysistest.Difference(want, readBy(t, j, names...)); d != "" {
		t.Errorf("%s, named in the opposite order:%s", how, d)
	}
}

var everyPacket = flag.Bool("everypacket", false, "continue samples in a second file after each of their packets, not after some")

// TestSamplesContinued cuts every sample in two, as a ring buffer does: what is
// found stays the same.
func TestSamplesContinued(t *testing.T) {
	samplestest.Each(t, func(t *testing.T, packets []capture.Packet) {
		want := read(t, samplestest.Stored(t, analysistest.PCAP(packets))...)
		step := min(10, max(1, len(packets)/4))
		if *everyPacket {
			step = 1
		}
		for at := 1; at < len(packets); at += step {
			compare(t, want, "cut after a packet", analysistest.PCAP(packets[:at]), analysistest.PCAP(packets[at:]))
		}
	})
}

// TestSamplesBesideOthers reads every sample with a file that adds nothing: an
// empty one, itself under another name, a second tap whose clock is ahead or
// behind.
func TestSamplesBesideOthers(t *testing.T) {
	samplestest.Each(t, func(t *testing.T, packets []capture.Packet) {
		whole := analysistest.PCAP(packets)
		want := read(t, samplestest.Stored(t, whole)...)
		compare(t, want, "an empty file beside", whole, analysistest.PCAP(packets[:0]))
		compare(t, want, "twice", whole, whole)
		for _, ahead := range []time.Duration{3 * time.Second, -3 * time.Second} {
			if ahead < 0 && strings.Contains(t.Name(), "clock-skew") {
				continue // the clock of the capture that begins first counts
			}
			compare(t, want, "a second tap whose clock is ahead "+ahead.String(), whole, analysistest.PCAP(later(packets, ahead)))
		}
	})
}

// TestSamplesOnTapWithoutMarks reads every cooked sample beside a tap that does
// not mark what the machine itself sent, and that sees everything a little
// earlier: what the marks tell must not come too late.
func TestSamplesOnTapWithoutMarks(t *testing.T) {
	found := 0
	samplestest.Each(t, func(t *testing.T, packets []capture.Packet) {
		if packets[0].Link != capture.LinkLinuxSLL2 {
			return
		}
		found++
		plain := later(packets, -12*time.Microsecond)
		for i := range plain {
			p := &plain[i]
			ip := p.Data[20:]
			p.Data = append(append(make([]byte, 12), p.Data[:2]...), ip...) // the type comes first in SLL2, last in Ethernet
			p.Length -= 20 - 14
			p.Link, p.Direction = 1, capture.Unmarked
		}
		want := read(t, samplestest.Stored(t, analysistest.PCAP(packets))...)
		compare(t, want, "beside a tap without marks", analysistest.PCAP(packets), analysistest.PCAP(plain))
	})
	if found == 0 {
		t.Error("no sample is cooked")
	}
}

// TestSamplesBesideForwarder reads every sample beside what a bridge on the way
// captured of it: each packet as it came and as it left, behind a router and a
// little later.
func TestSamplesBesideForwarder(t *testing.T) {
	samplestest.Each(t, func(t *testing.T, packets []capture.Packet) {
		if packets[0].Link != 1 {
			return
		}
		var bridged []capture.Packet
		for _, p := range later(packets, 30*time.Microsecond) {
			ip := p.Data[12:] // the EtherType in front
			for ip[0] == 0x81 {
				ip = ip[4:] // an 802.1Q tag
			}
			const passing, outgoing = 3, 4
			for i, mark := range []byte{passing, outgoing} {
				q := p
				q.Time += int64(i) * 2000
				q.Data = slices.Concat(ip[:2], []byte{0, 0, 0, 0, 0, byte(2 + i), 0, 1, mark, 6, 2, 0, 0, 0, 0, 1, 0, 0}, routed(ip[2:]))
				q.Length += len(q.Data) - len(p.Data)
				q.Link = capture.LinkLinuxSLL2
				bridged = append(bridged, q)
			}
		}
		slices.SortStableFunc(bridged, func(a, b capture.Packet) int { return int(a.Time - b.Time) })
		whole := analysistest.PCAP(packets)
		want := read(t, samplestest.Stored(t, whole)...)
		compare(t, want, "the bridge alone", analysistest.PCAP(bridged))
		compare(t, want, "beside a bridge", whole, analysistest.PCAP(bridged))
	})
}

// routed returns an IP packet whose time to live is one less, with the header
// checksum of RFC 1624.
func routed(ip []byte) []byte {
	out := slices.Clone(ip)
	if ip[0]>>4 == 6 {
		out[7]--
		return out
	}
	out[8]--
	sum := uint32(ip[10])<<8 + uint32(ip[11]) + 0x100
	sum = sum>>16 + sum&0xffff
	out[10], out[11] = byte(sum>>8), byte(sum)
	return out
}

// later returns packets with another time.
func later(packets []capture.Packet, by time.Duration) []capture.Packet {
	out := slices.Clone(packets)
	for i := range out {
		out[i].Time += int64(by)
	}
	return out
}

// TestUnrelatedCaptures reads two captures that have nothing in common, at the
// same time of day: each gives what it gives alone, with ids and frames of its
// own, and a note says so.
func TestUnrelatedCaptures(t *testing.T) {
	one, other := samplestest.Packets(t, "double-hop.pcap"), otherNetwork(samplestest.Packets(t, "basic-second-hop.pcap"))
	names := samplestest.Stored(t, analysistest.PCAP(one), analysistest.PCAP(other), analysistest.PCAP(one[:0]))
	want := append(read(t, names[0]), read(t, names[1])...)
	slices.Sort(want)
	got := read(t, names...)
	slices.Sort(got)
	if d := analysistest.Difference(want, got); d != "" {
		t.Error(d)
	}
	var warnings strings.Builder
	var ids []int64
	from := map[int64]string{}
	r := New(Options{Names: names, Notes: notes.To(&warnings)})
	found, err := r.Do(t.Context(), Output{Handshake: func(h *report.Handshake) error {
		ids = append(ids, h.ID)
		from[h.ID], _ = r.Places().Locate(h.Conn.Source, h.Frames.Authenticate)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int64{1, 2, 3, 4}; !slices.Equal(ids, want) || from[1] != names[0] || from[4] != names[1] {
		t.Errorf("handshakes %v of %v", ids, from)
	}
	if note := "ntlmtrace: 2 groups of captures share no address, token or name of a machine: each is analysed by itself, and no finding joins them\n"; warnings.String() != note {
		t.Errorf("notes %q", &warnings)
	}
	if s := found.Sources; s[0].Group != 1 || s[1].Group != 2 || s[2].Group != 0 {
		t.Errorf("groups %d, %d and %d", s[0].Group, s[1].Group, s[2].Group)
	}
	seen := map[int64]bool{}
	for _, f := range found.Report.Findings {
		if seen[f.ID] {
			t.Errorf("two findings have id %d", f.ID)
		}
		seen[f.ID] = true
		for _, e := range f.Evidence {
			name, frame := r.Places().Locate(e.Source, e.Frame)
			if name != from[f.Handshakes[0]] || frame < 1 || frame > int64(len(one)) {
				t.Errorf("%s: evidence in frame %d of %s", f.Rule.ID, frame, name)
			}
		}
	}
	if n := found.Report.Summary; n.Packets != int64(len(one)+len(other)) || n.Connections != 4 || n.Findings != int64(len(seen)) {
		t.Errorf("summary %+v", n)
	}
}

// otherNetwork returns IPv4 packets on Ethernet with addresses of another network.
func otherNetwork(packets []capture.Packet) []capture.Packet {
	out := slices.Clone(packets)
	for i := range out {
		out[i].Data = slices.Clone(out[i].Data)
		out[i].Data[14+13] += 100
		out[i].Data[14+17] += 100
	}
	return out
}

// TestJoining decides by hand what belongs together.
func TestJoining(t *testing.T) {
	packets := samplestest.Packets(t, "double-hop.pcap")
	// One connection, and an hour later another one of the same client.
	talks := conversations(packets)
	cut := samplestest.Stored(t, analysistest.PCAP(talks[0]), analysistest.PCAP(later(talks[1], time.Hour)))
	tests := []struct {
		names       []string
		joining     Joining
		taps        int
		groups      int
		connections int64
	}{
		{cut, ByContent, 2, 0, 2},
		{cut, Continued, 1, 0, 2},
		{cut, Separate, 2, 2, 2},
		{samplestest.Stored(t, analysistest.PCAP(packets), analysistest.PCAP(packets)), Continued, 2, 0, 4},
	}
	for _, tt := range tests {
		r := New(Options{Names: tt.names, Joining: tt.joining, Notes: notes.To(io.Discard)})
		found, err := r.Do(t.Context(), Output{})
		if err != nil {
			t.Fatal(err)
		}
		groups := 0
		for _, s := range found.Sources {
			groups = max(groups, s.Group)
		}
		if n := found.Report.Summary.Connections; len(r.taps) != tt.taps || groups != tt.groups || n != tt.connections {
			t.Errorf("%v: %d taps, %d groups, %d connections; want %d, %d, %d", tt.joining, len(r.taps), groups, n, tt.taps, tt.groups, tt.connections)
		}
	}
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
		// The marks of two captures may be those of two machines: they do not
		// join the legs of a front end with two addresses.
		byMarks := packets[0].Link == capture.LinkLinuxSLL2 || packets[0].Link == capture.LinkLinuxSLL
		for i := range min(len(talks), 3) {
			one := talks[i]
			others := slices.DeleteFunc(slices.Clone(packets), func(p capture.Packet) bool {
				return slices.ContainsFunc(one, func(q capture.Packet) bool { return q.Frame == p.Frame })
			})
			if len(others) > 0 && !byMarks {
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
