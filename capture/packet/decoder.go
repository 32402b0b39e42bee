package packet

import "ntlmtrace/capture"

// maxDepth limits how many tunnels may be nested in one packet. Three are seen
// in practice: a mirrored frame in ERSPAN, that holds VXLAN.
const maxDepth = 8

// packetDecoder finds the TCP segment in a packet. Ethernet, VLAN tags, cooked
// captures, IP and TCP are decoded by hand, in place and without allocation;
// gopacket decodes the headers that are rare (see layerSet). It belongs to one
// source: fragments of two sources do not belong together.
type Decoder struct {
	hasher    Hasher
	fragments fragmentTable
	layers    *layerSet // nil until a packet needs it

	missing int // bytes of the packet at hand that the capture did not keep
	depth   int // tunnels around what is being decoded
	counts  [reasons]int64
	links   map[capture.LinkType]int64 // packets of link layers that are not read

	udp      capture.Datagram // of the packet at hand, if hasUDP
	hasUDP   bool
	wantsUDP bool

	// droppedBytes counts the bytes of fragments that were dropped to keep
	// within the memory limit, for Stats.DroppedBytes.
	droppedBytes int64
}

// newPacketDecoder makes a packetDecoder with a hash of its own.
func NewDecoder() *Decoder {
	return &Decoder{hasher: NewHasher()}
}

// decode reports whether p holds a TCP segment, and then fills t. If p completes a
// fragmented datagram, t is the segment of the whole and has the stamp of p.
// What is simply not TCP is passed over in silence; what should have been
// decoded and was not is counted (see notDecoded). t holds nothing of use when
// the answer is false.
func (d *Decoder) Decode(p *capture.Packet, t *TCP) bool {
	d.missing = max(0, p.Length-len(p.Data))
	d.depth = 0
	d.hasUDP = false
	t.Stamp = p.Stamp
	t.Mark = p.Direction
	data := p.Data
	if p.FCS > 0 {
		data = data[:max(0, len(data)-p.FCS)]
	}
	if p.Link == capture.LinkEthernet {
		return d.ethernet(data, t)
	}
	return d.otherLink(p.Link, data, t)
}

// WantDatagrams makes Decode find UDP datagrams as well, for Datagram. Without it
// UDP other than tunnels costs nothing.
func (d *Decoder) WantDatagrams() { d.wantsUDP = true }

// Datagram returns the UDP datagram that Decode found in its last packet, nil if
// it found none. It is valid until the next call of Decode.
func (d *Decoder) Datagram() *capture.Datagram {
	if !d.hasUDP {
		return nil
	}
	return &d.udp
}

// acceptedFragments is how many IP fragments were kept so far for the datagrams
// that they are parts of.
func (d *Decoder) AcceptedFragments() uint64 { return d.fragments.accepted }

// lastFragment names the datagram of the fragment that was kept last.
func (d *Decoder) LastFragment() FlowID { return d.datagramFlow(&d.fragments.last) }

// dropped is how many bytes of fragments were dropped to keep within the memory
// limit, for Stats.DroppedBytes.
func (d *Decoder) Dropped() int64 { return d.droppedBytes }

// enter notes that one more tunnel was opened, and reports whether it may be.
func (d *Decoder) enter() bool {
	d.depth++
	return d.depth <= maxDepth || d.fail(nestedTooDeep)
}

// notDecoded gives the packets that should have been decoded and were not, by
// reason, for Stats.NotDecoded. Fragments that still wait for others are among them.
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
