package packet

import "ntlmtrace/capture"

// maxDepth limits how many tunnels may be nested in one packet. Three are seen
// in practice: a mirrored frame in ERSPAN, that holds VXLAN.
const maxDepth = 8

// Decoder finds the TCP segment or the UDP datagram in a packet. Ethernet, VLAN
// tags, cooked captures, IP, TCP and UDP are decoded by hand, in place and
// without allocation; gopacket decodes the headers that are rare (see
// layerSet). A Decoder belongs to one source: fragments of two sources do not
// belong together.
type Decoder struct {
	hasher    Hasher
	fragments fragmentTable
	layers    *layerSet // nil until a packet needs it

	missing int // bytes of the packet at hand that the capture did not keep
	depth   int // tunnels around what is being decoded
	counts  [reasons]int64
	links   map[capture.LinkType]int64 // packets of link layers that are not read

	datagram       capture.Datagram // of the packet at hand, if hasDatagram
	hasDatagram    bool
	wantsDatagrams bool

	// droppedBytes counts the bytes of fragments that were dropped to keep
	// within the memory limit, for Stats.DroppedBytes.
	droppedBytes int64
}

// NewDecoder returns a Decoder with a hash of its own.
func NewDecoder() *Decoder {
	return &Decoder{hasher: NewHasher()}
}

// Decode reports whether p holds a TCP segment, and then fills t. If p
// completes the fragments of an IP packet, t is the segment of the whole and
// has the stamp of p. Other protocols are ignored; what should have been
// decoded and was not is counted (see NotDecoded). t holds nothing of use if
// the result is false.
func (d *Decoder) Decode(p *capture.Packet, t *TCP) bool {
	d.missing = max(0, p.Length-len(p.Data))
	d.depth = 0
	d.hasDatagram = false
	t.Stamp = p.Stamp
	t.Mark, t.Through = p.Direction, uint16(p.Interface)
	data := p.Data
	if p.FCS > 0 {
		data = data[:max(0, len(data)-p.FCS)]
	}
	if p.Link == capture.LinkEthernet {
		if t.Mark != capture.Unmarked && len(data) >= 14 {
			t.Mark = ethernetMark(t.Mark, data)
		}
		return d.decodeEthernet(data, t)
	}
	return d.decodeOtherLink(p.Link, data, t)
}

// WantDatagrams makes Decode find UDP datagrams as well, for Datagram. Without
// it UDP is decoded only where it may be a tunnel.
func (d *Decoder) WantDatagrams() { d.wantsDatagrams = true }

// Datagram returns the UDP datagram that Decode found in its last packet, nil
// if it found none. It is valid until the next call of Decode.
func (d *Decoder) Datagram() *capture.Datagram {
	if !d.hasDatagram {
		return nil
	}
	return &d.datagram
}

// AcceptedFragments returns how many IP fragments were kept so far to be
// joined, those that can only be of a UDP datagram aside.
func (d *Decoder) AcceptedFragments() uint64 { return d.fragments.accepted }

// LastFragment names the IP packet that the last one counted by
// AcceptedFragments is a part of.
func (d *Decoder) LastFragment() FlowID { return d.fragmentFlow(&d.fragments.last) }

// DroppedBytes returns how many bytes of fragments were dropped to keep within
// the memory limit, for Stats.DroppedBytes.
func (d *Decoder) DroppedBytes() int64 { return d.droppedBytes }

// enterTunnel notes that one more tunnel was opened, and reports whether it may
// be.
func (d *Decoder) enterTunnel() bool {
	d.depth++
	return d.depth <= maxDepth || d.fail(nestedTooDeep)
}

// NotDecoded returns the packets that should have been decoded and were not, by
// reason, for Stats.NotDecoded. Fragments that still wait for others are among
// them.
func (d *Decoder) NotDecoded() map[string]int64 {
	out := make(map[string]int64)
	counts := d.counts
	counts[fragmentsMissing] += d.fragments.frames
	for r, n := range counts {
		if n > 0 {
			out[reasonTexts[r]] = n
		}
	}
	for link, n := range d.links {
		out[linkReason(link)] += n
	}
	return out
}
