package live

import (
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"
)

// libpcapPath is where macOS has libpcap; there is no file of that name, the
// loader knows it.
const libpcapPath = "/usr/lib/libpcap.A.dylib"

// errorText is where libpcap writes why something did not work,
// PCAP_ERRBUF_SIZE.
type errorText [256]byte

func (e *errorText) String() string { return unix.ByteSliceToString(e[:]) }

// libpcap is the library of the system: its functions have the prefix pcap_.
var libpcap struct {
	nextEx uintptr // called for each packet, without reflection

	create        func(device string, text *byte) uintptr
	setSnaplen    func(p uintptr, n int32) int32
	setPromisc    func(p uintptr, on int32) int32
	setBufferSize func(p uintptr, n int32) int32
	setImmediate  func(p uintptr, on int32) int32
	setNonblock   func(p uintptr, on int32, text *byte) int32
	activate      func(p uintptr) int32
	selectableFD  func(p uintptr) int32
	datalink      func(p uintptr) int32
	compile       func(p uintptr, program unsafe.Pointer, text string, optimize int32, netmask uint32) int32
	setFilter     func(p uintptr, program unsafe.Pointer) int32
	freeCode      func(program unsafe.Pointer)
	stats         func(p uintptr, s unsafe.Pointer) int32
	statusText    func(status int32) string
	errorText     func(p uintptr) string
	close         func(p uintptr)
}

// load finds libpcap and its functions, once.
var load = sync.OnceValue(func() error {
	l := &libpcap
	lib, err := purego.Dlopen(libpcapPath, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return noLibrary(err)
	}
	if l.nextEx, err = purego.Dlsym(lib, "pcap_next_ex"); err != nil {
		return noLibrary(err)
	}
	for _, f := range []struct {
		to   any
		name string
	}{
		{&l.create, "pcap_create"}, {&l.setSnaplen, "pcap_set_snaplen"}, {&l.setPromisc, "pcap_set_promisc"},
		{&l.setBufferSize, "pcap_set_buffer_size"}, {&l.setImmediate, "pcap_set_immediate_mode"},
		{&l.setNonblock, "pcap_setnonblock"}, {&l.activate, "pcap_activate"},
		{&l.selectableFD, "pcap_get_selectable_fd"}, {&l.datalink, "pcap_datalink"},
		{&l.compile, "pcap_compile"}, {&l.setFilter, "pcap_setfilter"}, {&l.freeCode, "pcap_freecode"},
		{&l.stats, "pcap_stats"}, {&l.statusText, "pcap_statustostr"}, {&l.errorText, "pcap_geterr"},
		{&l.close, "pcap_close"},
	} {
		at, err := purego.Dlsym(lib, f.name)
		if err != nil {
			return noLibrary(err)
		}
		purego.RegisterFunc(f.to, at)
	}
	return nil
})

func noLibrary(err error) error {
	return &LibraryError{Name: libpcapPath, Err: err, hint: "libpcap is part of macOS: capture with tcpdump, and give ntlmtrace the file"}
}
