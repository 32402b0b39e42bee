package live

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The shape of a ring. A packet does not cross the border of a block, so one of
// 64 KiB, which segmentation offload makes, must fit the smallest.
const (
	largestBlock  = 1 << 20
	smallestBlock = 128 << 10
	wantedBlocks  = 8
	frameSize     = 2048 // has no meaning for TPACKET_V3 but is checked

	// retire is after how many milliseconds the kernel hands over a block that
	// is not full.
	retire = 50

	// headroom is kept free in front of each packet, for the VLAN tag or the
	// cooked header that is put there.
	headroom = 16
)

// Offsets in a block, linux/if_packet.h: struct tpacket_block_desc, and the
// address that follows the header of each packet.
const (
	blockHeader  = 8
	blockAlign   = 8 // V3_ALIGNMENT: where packets begin
	addressAfter = (unsafe.Sizeof(unix.Tpacket3Hdr{}) + 15) &^ 15
	leastMAC     = uint32(addressAfter+unsafe.Sizeof(unix.RawSockaddrLinklayer{})) + headroom
)

// ring is a buffer that the kernel fills with packets, TPACKET_V3, section
// "AF_PACKET TPACKET_V3" of its packet_mmap.rst. Its blocks change hands whole.
type ring struct {
	fd    int
	mem   []byte
	block int // bytes of each
	at    int // where the block begins that is read next
	held  []byte
}

// ringShape returns the size of a block and how many of them make a ring of
// size bytes.
func ringShape(size int) (block, count int) {
	block = largestBlock
	for block > smallestBlock && size/block < wantedBlocks {
		block /= 2
	}
	return block, max(2, size/block)
}

// openRing makes a ring that receives nothing before start.
func openRing(size int, filter program) (*ring, error) {
	// With protocol 0 it is deaf: no packet that the filter refuses slips in.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, socketError(err)
	}
	r := &ring{fd: fd}
	if err := r.set(size, filter); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// set returns the socket its filter and its memory. Version and headroom come
// first: they cannot be changed after.
func (r *ring) set(size int, filter program) error {
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return fmt.Errorf("this kernel has no TPACKET_V3, which Linux 3.2 brought: %w", err)
	}
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_RESERVE, headroom); err != nil {
		return fmt.Errorf("room in front of packets: %w", err)
	}
	if err := r.attach(filter); err != nil {
		return err
	}
	block, count := ringShape(size)
	request := unix.TpacketReq3{
		Block_size: uint32(block), Block_nr: uint32(count),
		Frame_size: frameSize, Frame_nr: uint32(block / frameSize * count),
		Retire_blk_tov: retire,
	}
	if err := unix.SetsockoptTpacketReq3(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &request); err != nil {
		return fmt.Errorf("ring of %d blocks of %d bytes in the kernel: %w", count, block, err)
	}
	mem, err := unix.Mmap(r.fd, 0, block*count, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("ring of %d bytes in memory: %w", block*count, err)
	}
	r.mem, r.block = mem, block
	return nil
}

// attach sets the filter of the socket.
func (r *ring) attach(filter program) error {
	if len(filter) == 0 {
		return nil
	}
	if len(filter) > maxProgram {
		return fmt.Errorf("filter of %d instructions, the kernel takes %d", len(filter), maxProgram)
	}
	list := make([]unix.SockFilter, len(filter))
	for i, f := range filter {
		list[i] = unix.SockFilter{Code: f.Op, Jt: f.Jt, Jf: f.Jf, K: f.K}
	}
	fprog := unix.SockFprog{Len: uint16(len(list)), Filter: &list[0]}
	if err := unix.SetsockoptSockFprog(r.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog); err != nil {
		return fmt.Errorf("filter of %d instructions in the kernel: %w", len(list), err)
	}
	return nil
}

// start lets packets in, those of one interface or of all if index is 0.
func (r *ring) start(index int) error {
	return unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: networkOrder(unix.ETH_P_ALL), Ifindex: index})
}

// promiscuous lets an interface take what is addressed to other machines, for
// as long as the socket is open.
func (r *ring) promiscuous(index int) error {
	return unix.SetsockoptPacketMreq(r.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
		&unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC})
}

// networkOrder returns the number that is v in network byte order.
func networkOrder(v uint16) uint16 {
	b := [2]byte{byte(v >> 8), byte(v)}
	return *(*uint16)(unsafe.Pointer(&b))
}

// take returns the next block if the kernel has handed it over, else nil. The
// one before it goes back, so it is called when nothing of that is needed any
// more.
func (r *ring) take() []byte {
	r.giveBack()
	b := r.mem[r.at : r.at+r.block : r.at+r.block]
	if atomic.LoadUint32(status(b))&unix.TP_STATUS_USER == 0 {
		return nil
	}
	r.held = b
	return b
}

// giveBack returns the block to the kernel that was taken last.
func (r *ring) giveBack() {
	if r.held == nil {
		return
	}
	atomic.StoreUint32(status(r.held), unix.TP_STATUS_KERNEL)
	r.held = nil
	if r.at += r.block; r.at == len(r.mem) {
		r.at = 0
	}
}

// blockInfo is the header of a block.
func blockInfo(b []byte) *unix.TpacketHdrV1 {
	return (*unix.TpacketHdrV1)(unsafe.Pointer(&b[blockHeader]))
}

// status is the word of a block that says who owns it.
func status(b []byte) *uint32 { return &blockInfo(b).Block_status }

// pending takes the error of the socket: ENETDOWN when its interface goes down.
// While it is there, poll does not wait.
func (r *ring) pending() error {
	e, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return err
	}
	if e != 0 && unix.Errno(e) != unix.ENETDOWN {
		return unix.Errno(e)
	}
	return nil
}

// count adds what the kernel has counted since the last time.
func (r *ring) count(s *Stats) {
	if c, err := unix.GetsockoptTpacketStatsV3(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		s.Received += int64(c.Packets)
		s.Dropped += int64(c.Drops)
		s.Frozen += int64(c.Freeze_q_cnt)
	}
}

func (r *ring) close() error {
	var err error
	if r.mem != nil {
		err = unix.Munmap(r.mem)
		r.mem, r.held = nil, nil
	}
	return errors.Join(err, unix.Close(r.fd))
}

// socketError explains why there is no packet socket.
func socketError(err error) error {
	const what = "packet socket"
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return &RightsError{What: what, Err: err, hint: "capturing needs CAP_NET_RAW: run it with sudo, or give the program the right once: " +
			"sudo setcap cap_net_raw+ep $(command -v ntlmtrace); a container needs --cap-add NET_RAW"}
	case errors.Is(err, unix.EAFNOSUPPORT):
		return &LibraryError{Name: what, Err: err, hint: "this kernel has no packet sockets (CONFIG_PACKET): capture on another machine and give ntlmtrace the file"}
	}
	return fmt.Errorf("%s: %w", what, err)
}
