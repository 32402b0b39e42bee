package http_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/file"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/token"
)

// TestReadsMessagesThatTsharkMissed parses the messages that the shared truth
// has from the bytes of a frame, because tshark does not know NTLM in their
// carrier.
func TestReadsMessagesThatTsharkMissed(t *testing.T) {
	dir := filepath.Join(packettest.SharedDir(t), "captures")
	tables, err := filepath.Glob(filepath.Join(dir, "truth", "*.ntlm.tsv"))
	if err != nil || len(tables) == 0 {
		t.Skip("no shared truth")
	}
	for _, table := range tables {
		for _, row := range missedRows(t, table) {
			name := strings.TrimSuffix(filepath.Base(table), ".ntlm.tsv")
			t.Run(name+" frame "+row["frame"], func(t *testing.T) {
				message := messageIn(t, filepath.Join(dir, "files", name), row["frame"])
				f := newFacts(0, "")
				ownTokenFacts(f, "bytes", map[string]int{}, token.Parse("NTLM", base64.StdEncoding.EncodeToString(message), 0))
				compareRow(t, f.within("bytes", 0), row)
			})
		}
	}
}

// truthColumns are columns of the shared truth and what they are called here.
var truthColumns = map[string]string{
	"msgtype": "message", "negotiate_flags": "flags", "server_challenge": "server challenge", "target_name": "target name",
	"domain": "domain", "username": "user", "workstation": "workstation", "lm_response": "LM response",
	"nt_response": "NT response", "ntproofstr": "NTProofStr", "client_challenge": "client challenge",
}

// truthPairs are the columns of AV_PAIRs and their ids.
var truthPairs = map[string]string{
	"av_nb_computer": "1", "av_nb_domain": "2", "av_dns_computer": "3", "av_dns_domain": "4", "av_dns_tree": "5",
}

func compareRow(t *testing.T, f facts, row map[string]string) {
	t.Helper()
	for column, field := range truthColumns {
		if got := f.values[f.prefix+field]; got != row[column] {
			t.Errorf("%s: got %q, want %q", field, got, row[column])
		}
	}
	var pairs []string
	for field, value := range f.values {
		if strings.HasPrefix(field, f.prefix+"AV_PAIR ") {
			pairs = append(pairs, value)
		}
	}
	for column, id := range truthPairs {
		if want := id + " " + row[column]; row[column] != "" && !slices.Contains(pairs, want) {
			t.Errorf("no AV_PAIR %q in %q", want, pairs)
		}
	}
}

// missedRows returns the rows of a table that tshark had no part in, by column.
func missedRows(t *testing.T, table string) (rows []map[string]string) {
	t.Helper()
	text, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	var columns []string
	for {
		record, err := r.Read()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		if columns == nil {
			columns = record
			continue
		}
		row := make(map[string]string)
		for i, column := range columns[:min(len(columns), len(record))] {
			row[column] = record[i]
		}
		if strings.HasPrefix(row["check"], "not dissected by tshark") {
			rows = append(rows, row)
		}
	}
}

// messageIn returns what follows from the signature of NTLM on in a frame of
// Telnet, RFC 854: 255 stands twice there.
func messageIn(t *testing.T, path, frame string) []byte {
	t.Helper()
	var data []byte
	readFile(t, path, func(p *capture.Packet) bool {
		if numberText(int(p.Frame)) == frame {
			data = bytes.Clone(p.Data)
		}
		return true
	}, nil)
	_, message, found := bytes.Cut(data, []byte(ntlm.Signature))
	if !found {
		t.Fatal("no NTLM message in the frame")
	}
	message = bytes.ReplaceAll(message, []byte{0xff, 0xff}, []byte{0xff})
	return append([]byte(ntlm.Signature), message...)
}

// readFile returns those packets of a capture for which keep is true to an
// assembler, if there is one.
func readFile(t *testing.T, path string, keep func(*capture.Packet) bool, a *tcp.Assembler) {
	t.Helper()
	s, err := file.Open(path, capture.Limits{})
	if err != nil {
		t.Skip(err)
	}
	defer s.Close()
	var p capture.Packet
	for s.Next(&p) == nil {
		if keep(&p) && a != nil {
			a.Packet(&p)
		}
	}
	if a != nil {
		a.Close()
	}
}

// ownFacts returns the heads in those packets of a capture for which keep is
// true.
func ownFacts(t *testing.T, path string, keep func(*capture.Packet) bool) []facts {
	t.Helper()
	sink := newFactSink()
	readFile(t, path, keep, tcp.NewAssembler(tcp.AssemblerOptions{}, decode.NewDecoder(0, sink, decode.Limits{})))
	return sink.facts()
}

func allPackets(*capture.Packet) bool { return true }

// TestReadsBehindGaps leaves a packet out of each large body, and wants the
// same heads in the same frames.
func TestReadsBehindGaps(t *testing.T) {
	path := filepath.Join(packettest.SharedDir(t), "lab", "pcaps", "12-big-bodies.pcap")
	inBody := []int64{2000, 6000, 11000, 15000}
	whole := ownFacts(t, path, allPackets)
	holed := ownFacts(t, path, func(p *capture.Packet) bool { return !slices.Contains(inBody, p.Frame) })
	if len(whole) == 0 || len(differences(holed, whole)) > 0 {
		t.Errorf("of %d heads: %v", len(whole), differences(holed, whole))
	}
}

// TestReadsMirroredPacketsOnce holds a capture with every packet twice against
// the same traffic captured in one place.
func TestReadsMirroredPacketsOnce(t *testing.T) {
	dir := filepath.Join(packettest.SharedDir(t), "lab", "pcaps")
	twice := ownFacts(t, filepath.Join(dir, "14-span-dup.pcap"), allPackets)
	once := ownFacts(t, filepath.Join(dir, "14-span-src-cl.pcap"), allPackets)
	for _, list := range [][]facts{twice, once} {
		for i := range list {
			list[i].frame = 1
		}
	}
	if len(once) == 0 || len(differences(twice, once)) > 0 {
		t.Errorf("of %d heads: %v", len(once), differences(twice, once))
	}
}

// TestBodiesHaveNoCredentials reads a page that shows a Proxy-Authorization
// field.
func TestBodiesHaveNoCredentials(t *testing.T) {
	path := filepath.Join(packettest.SharedDir(t), "captures", "files", "pcaps__CounterHack_HackChallenge_Cmas2011.pcap")
	for _, f := range ownFacts(t, path, allPackets) {
		if f.values["Proxy-Authorization"] != "" {
			t.Errorf("frame %d: %v", f.frame, f.values)
		}
	}
}
