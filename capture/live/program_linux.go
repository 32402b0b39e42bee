package live

import (
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
)

// maxProgram is BPF_MAXINSNS, the kernel's limit.
const maxProgram = 4096

// Offsets of what the kernel knows of a packet, linux/filter.h.
const (
	adOffset  = 0xfffff000 // SKF_AD_OFF
	adPktType = adOffset + 4
	adIndex   = adOffset + 8
	adHatype  = adOffset + 28
)

// accept is what a program answers to keep a packet whole.
const accept = 0x7fffffff

// program is a filter of the kernel that is being written. It consists of steps
// one after the other, each of which may refuse a packet.
type program []bpf.RawInstruction

// newProgram writes the filter of a socket: that of each link type, and what
// only the kernel can tell. indexes are the interfaces to keep, nil for all
// that the socket sees; hatype is the only device type, 0 if there may be any.
func newProgram(indexes []int, hatype uint16, filter func(capture.LinkType) []bpf.RawInstruction) program {
	var p program
	if hatype == 0 || hatype == arphrdLoopback {
		p.dropCopies()
	}
	if indexes != nil {
		p.keep(indexes)
	}
	if filter != nil {
		p.filters(hatype, filter)
	}
	if len(p) > 0 {
		p.ret(accept)
	}
	return p
}

// dropCopies refuses a packet of the loopback interface as it is sent: the same
// is seen when it arrives.
func (p *program) dropCopies() {
	p.load(adPktType)
	p.jumpUnless(unix.PACKET_OUTGOING, 3)
	p.load(adHatype)
	p.jumpUnless(arphrdLoopback, 1)
	p.ret(0)
}

// keep refuses the packets of other interfaces.
func (p *program) keep(indexes []int) {
	p.load(adIndex)
	p.unlessOneOf(indexes)
	p.ret(0)
}

// filters appends the program of each link type behind a test of the device
// type. A packet of which no program can tell falls through.
func (p *program) filters(hatype uint16, filter func(capture.LinkType) []bpf.RawInstruction) {
	for _, f := range filterLinks {
		if hatype != 0 && !slices.Contains(f.hatypes, int(hatype)) {
			continue
		}
		own := filter(f.link)
		if len(own) == 0 {
			continue
		}
		p.load(adHatype)
		p.unlessOneOf(f.hatypes)
		p.jump(uint32(len(own)))
		*p = append(*p, own...)
	}
}

// unlessOneOf skips the next instruction if the accumulator is one of the
// values.
func (p *program) unlessOneOf(values []int) {
	for i, v := range values {
		p.jumpUnless(uint32(v), 1)
		p.jump(uint32(2*(len(values)-i-1) + 1))
	}
}

// load reads what the kernel knows into the accumulator.
func (p *program) load(k uint32) { p.add(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 0, 0, k) }

// jumpUnless skips n instructions if the accumulator is not k.
func (p *program) jumpUnless(k uint32, n uint8) {
	p.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 0, n, k)
}

// jump skips n instructions.
func (p *program) jump(n uint32) { p.add(unix.BPF_JMP|unix.BPF_JA, 0, 0, n) }

// ret ends with an answer: how many bytes to keep.
func (p *program) ret(k uint32) { p.add(unix.BPF_RET|unix.BPF_K, 0, 0, k) }

func (p *program) add(op uint16, jt, jf uint8, k uint32) {
	*p = append(*p, bpf.RawInstruction{Op: op, Jt: jt, Jf: jf, K: k})
}
