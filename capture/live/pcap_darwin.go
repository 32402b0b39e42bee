package live

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
)

// handle captures one interface with libpcap. It never blocks: pcap_next_ex
// waits past its timeout on an interface without traffic, so waiting is done
// with select.
type handle struct {
	p                 uintptr // pcap_t
	fd                int     // to select, -1 if there is none
	header            *pcapHeader
	data              *byte
	received, dropped counter
}

// pcapHeader is struct pcap_pkthdr of macOS, up to where it ends elsewhere.
type pcapHeader struct {
	sec            int64 // struct timeval
	usec           int32
	_              int32
	caplen, length uint32
}

// longestTurn is how many packets an interface gives before another one that
// has some is asked.
const longestTurn = 256

// isCalled reports whether an interface goes by a name.
func isCalled(i *Interface, name string) bool { return i.Name == name }

// openHandle opens an interface and begins to capture. A warning is no
// error.
func openHandle(o *Options, name string, _ int) (h *handle, warning string, err error) {
	var text errorText
	p := libpcap.create(name, &text[0])
	if p == 0 {
		return nil, "", fmt.Errorf("%s: %s", name, text.String())
	}
	h = &handle{p: p}
	if warning, err = h.start(o, name); err != nil {
		h.close()
		return nil, "", err
	}
	return h, warning, nil
}

// start sets what must be set before the capture begins, and begins it.
func (h *handle) start(o *Options, name string) (warning string, err error) {
	promisc := int32(1)
	if o.NoPromisc {
		promisc = 0
	}
	libpcap.setSnaplen(h.p, int32(o.packet()))
	libpcap.setPromisc(h.p, promisc)
	libpcap.setBufferSize(h.p, int32(o.ring()))
	// Without it a packet waits until the buffer is full, and select does not
	// know of the timeout on all versions.
	libpcap.setImmediate(h.p, 1)
	status := libpcap.activate(h.p)
	if status < 0 {
		return "", h.activateError(name, status)
	}
	if status > 0 {
		warning = h.reason(status)
	}
	var text errorText
	if libpcap.setNonblock(h.p, 1, &text[0]) < 0 {
		return "", fmt.Errorf("%s: %s", name, text.String())
	}
	h.fd = int(libpcap.selectableFD(h.p))
	return warning, h.filter(o.FilterText, name)
}

// The answers of pcap_activate that need advice, pcap/pcap.h.
const (
	pcapNoSuchDevice  = -5
	pcapDenied        = -8
	pcapPromiscDenied = -11
)

func (h *handle) activateError(name string, status int32) error {
	err := fmt.Errorf("%s", h.reason(status))
	switch status {
	case pcapNoSuchDevice:
		return &NameError{name}
	case pcapDenied, pcapPromiscDenied:
		return &RightsError{What: name, Err: err, hint: "capturing needs to read /dev/bpf*: run it with sudo, " +
			"or install ChmodBPF, which comes with Wireshark, and join the group access_bpf"}
	}
	return fmt.Errorf("%s: %w", name, err)
}

// reason returns the text of a status, and what libpcap adds to it.
func (h *handle) reason(status int32) string {
	text := libpcap.statusText(status)
	if more := libpcap.errorText(h.p); more != "" && more != text {
		text += ": " + more
	}
	return text
}

// filter compiles and sets a filter.
func (h *handle) filter(text, name string) error {
	if text == "" {
		return nil
	}
	var program [2]uintptr // struct bpf_program: a length and a pointer
	const optimize, netmaskUnknown = 1, 0xffffffff
	if libpcap.compile(h.p, unsafe.Pointer(&program), text, optimize, netmaskUnknown) < 0 {
		return fmt.Errorf("%s: filter: %s", name, libpcap.errorText(h.p))
	}
	defer libpcap.freeCode(unsafe.Pointer(&program))
	if libpcap.setFilter(h.p, unsafe.Pointer(&program)) < 0 {
		return fmt.Errorf("%s: filter: %s", name, libpcap.errorText(h.p))
	}
	return nil
}

func (h *handle) link() capture.LinkType { return capture.LinkType(libpcap.datalink(h.p)) }

// next reads a packet if one waits.
func (h *handle) next(p *capture.Packet) (bool, error) {
	n, _, _ := purego.SyscallN(libpcap.nextEx, h.p, uintptr(unsafe.Pointer(&h.header)), uintptr(unsafe.Pointer(&h.data)))
	switch status := int32(n); {
	case status == 0:
		return false, nil
	case status < 0:
		return false, fmt.Errorf("%s", libpcap.errorText(h.p))
	}
	p.Time = h.header.sec*1e9 + int64(h.header.usec)*1e3
	p.Data = unsafe.Slice(h.data, h.header.caplen)
	p.Length = int(h.header.length)
	return true, nil
}

// stats returns the counts of the handle.
func (h *handle) stats() Stats {
	var s struct{ received, dropped, byInterface uint32 }
	if libpcap.stats(h.p, unsafe.Pointer(&s)) < 0 {
		return Stats{Received: h.received.total, Dropped: h.dropped.total}
	}
	return Stats{Received: h.received.set(s.received), Dropped: h.dropped.set(s.dropped)}
}

func (h *handle) close() { libpcap.close(h.p) }

// await waits until a handle has a packet.
func await(handles []*handle, wait time.Duration) error {
	// A handle without a descriptor is asked again and again.
	const unselectable = 10 * time.Millisecond
	var set unix.FdSet
	most := -1
	for _, h := range handles {
		switch {
		case h == nil:
		case h.fd < 0 || h.fd >= unix.FD_SETSIZE:
			wait = min(wait, unselectable)
		default:
			set.Set(h.fd)
			most = max(most, h.fd)
		}
	}
	timeout := unix.NsecToTimeval(int64(wait))
	if _, err := unix.Select(most+1, &set, nil, nil, &timeout); err != nil && err != unix.EINTR {
		return err
	}
	return nil
}
