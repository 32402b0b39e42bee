package analysistest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"ntlmtrace/analysis"
	"ntlmtrace/capture"
	"ntlmtrace/capture/file"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
)

// Packets returns the packets of a capture. They own their data.
func Packets(pcap []byte) ([]capture.Packet, error) {
	s, err := file.NewSource("test.pcap", bytes.NewReader(pcap), capture.Limits{})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var out []capture.Packet
	var p capture.Packet
	for err = s.Next(&p); err == nil; err = s.Next(&p) {
		kept := p
		kept.Data = slices.Clone(p.Data)
		out = append(out, kept)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return out, err
}

// ReadPackets analyses packets as they are: they keep the frame numbers that
// they have, which must go up.
func ReadPackets(packets []capture.Packet, o analysis.Options) Result {
	var out Result
	var d *decode.Decoder
	o.Open = func() []*auth.Exchange { return d.Open() }
	a := out.analysis(o)
	d = decode.NewDecoder(0, a, decode.Limits{})
	asm := tcp.NewAssembler(tcp.AssemblerOptions{}, d)
	for i := range packets {
		p := packets[i]
		asm.Packet(&p)
		a.Advance(p.Time)
	}
	asm.Close()
	out.Report = a.End([]analysis.SourceReport{{Name: "test.pcap", Capture: asm.Stats(), Decode: d.Stats()}})
	return out
}

// PCAP writes packets as a pcap file with times in nanoseconds. They must be of
// one link type, which is Ethernet if there are none.
func PCAP(packets []capture.Packet) []byte {
	b := le.AppendUint32(nil, 0xa1b23c4d)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint32(b, snaplen)
	b = le.AppendUint32(b, linkOf(packets))
	for i := range packets {
		p := &packets[i]
		b = le.AppendUint32(b, uint32(p.Time/1e9))
		b = le.AppendUint32(b, uint32(p.Time%1e9))
		b = le.AppendUint32(b, uint32(len(p.Data)))
		b = le.AppendUint32(b, uint32(p.Length))
		b = append(b, p.Data...)
	}
	return b
}

// PCAPNG writes packets as a pcapng file with one interface. They must be of
// one link type, which is Ethernet if there are none.
func PCAPNG(packets []capture.Packet) []byte {
	section := []byte{0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	b := block(nil, 0x0a0d0d0a, section)
	iface := le.AppendUint32(nil, linkOf(packets))
	iface = le.AppendUint32(iface, snaplen)
	b = block(b, 1, append(iface, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0)) // if_tsresol: nanoseconds
	for i := range packets {
		p := &packets[i]
		e := le.AppendUint32(nil, 0)
		e = le.AppendUint32(e, uint32(uint64(p.Time)>>32))
		e = le.AppendUint32(e, uint32(p.Time))
		e = le.AppendUint32(e, uint32(len(p.Data)))
		e = le.AppendUint32(e, uint32(p.Length))
		b = block(b, 6, append(e, p.Data...))
	}
	return b
}

const snaplen = 262144

var le = binary.LittleEndian

func linkOf(packets []capture.Packet) uint32 {
	if len(packets) == 0 {
		return 1 // LINKTYPE_ETHERNET
	}
	return uint32(packets[0].Link)
}

// block appends a block of draft-ietf-opsawg-pcapng, section 3.1.
func block(b []byte, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	n := uint32(12 + len(body))
	b = le.AppendUint32(b, kind)
	b = le.AppendUint32(b, n)
	b = append(b, body...)
	return le.AppendUint32(b, n)
}
