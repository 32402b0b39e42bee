package capturetest

// Link is a link layer.
type Link uint8

// The link layers that a capture can be made on.
const (
	Ethernet Link = iota // LINKTYPE_ETHERNET
	Raw                  // LINKTYPE_RAW: IP without a link layer
	SLL                  // LINKTYPE_LINUX_SLL, the "any" device
	SLL2                 // LINKTYPE_LINUX_SLL2, the same today
)

// number is the LINKTYPE_ value of the tcpdump.org registry.
func (l Link) number() uint32 { return [...]uint32{1, 101, 113, 276}[l] }

func (l Link) frame(p packet, d Direction) []byte {
	switch l {
	case Raw:
		return p.ip()
	case SLL:
		return p.sll(d)
	case SLL2:
		return p.sll2(d)
	}
	return p.ethernet(d)
}

func (p packet) etherType() uint16 {
	if p.src.Addr.Is4() {
		return 0x0800
	}
	return 0x86dd
}

// ethernet pads to the 60 bytes that a receiver gets at least; what a machine
// captures of its own packets is not padded yet.
func (p packet) ethernet(d Direction) []byte {
	b := append(p.dst.MAC[:], p.src.MAC[:]...)
	if p.vlan != 0 {
		b = be.AppendUint16(b, 0x8100)
		b = be.AppendUint16(b, p.vlan)
	}
	b = be.AppendUint16(b, p.etherType())
	b = append(b, p.ip()...)
	if d != Outbound && len(b) < 60 {
		b = append(b, make([]byte, 60-len(b))...)
	}
	return b
}

// packetType is the mark of cooked captures: unicast to us, to another machine,
// or sent by us.
func packetType(d Direction) byte {
	switch d {
	case Outbound:
		return 4
	case Passing:
		return 3
	}
	return 0
}

func (p packet) sll(d Direction) []byte {
	b := []byte{0, packetType(d), 0, 1, 0, 6}
	b = append(b, p.src.MAC[:]...)
	b = append(b, 0, 0)
	b = be.AppendUint16(b, p.etherType())
	return append(b, p.ip()...)
}

func (p packet) sll2(d Direction) []byte {
	b := be.AppendUint16(nil, p.etherType())
	b = append(b, 0, 0, 0, 0)
	b = be.AppendUint16(b, p.through)
	b = append(b, 0, 1, packetType(d), 6)
	b = append(b, p.src.MAC[:]...)
	b = append(b, 0, 0)
	return append(b, p.ip()...)
}
