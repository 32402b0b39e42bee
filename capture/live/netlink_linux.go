package live

import (
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// linkEvent is what the kernel tells of an interface: rtnetlink(7), RTM_NEWLINK
// and RTM_DELLINK.
type linkEvent struct {
	index       int
	name        string
	hatype      uint16
	up          bool // IFF_UP and IFF_RUNNING
	loopback    bool
	gone        bool
	description string
}

// linkEvents is a socket on which the kernel tells of changes of interfaces.
type linkEvents struct {
	fd  int
	buf []byte
}

// openLinkEvents subscribes to changes. It needs no rights.
func openLinkEvents() (*linkEvents, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("netlink socket, to learn of changes of interfaces: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: unix.RTMGRP_LINK}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("netlink socket: %w", err)
	}
	return &linkEvents{fd: fd, buf: make([]byte, 64<<10)}, nil
}

// read returns the changes that wait. If the kernel could not keep them all, it
// gives the state of every interface in their place, and lost is true.
func (l *linkEvents) read() (events []linkEvent, lost bool) {
	for {
		// Who sends is not looked at: only the administrator of the network can
		// send to this socket besides the kernel.
		n, err := unix.Read(l.fd, l.buf)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.ENOBUFS:
			lost = true
			continue
		case err != nil:
			if lost {
				if all, err := allLinks(); err == nil {
					return all, true
				}
			}
			return events, false
		}
		events = append(events, parseLinks(l.buf[:n])...)
	}
}

func (l *linkEvents) close() { unix.Close(l.fd) }

// allLinks asks for the state of every interface.
func allLinks() ([]linkEvent, error) {
	b, err := syscall.NetlinkRIB(unix.RTM_GETLINK, unix.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("list of interfaces: %w", err)
	}
	return parseLinks(b), nil
}

// parseLinks reads the messages of one datagram; those that are odd it leaves
// out.
func parseLinks(b []byte) []linkEvent {
	messages, err := syscall.ParseNetlinkMessage(b)
	if err != nil {
		return nil
	}
	var events []linkEvent
	for i := range messages {
		m := &messages[i]
		if t := m.Header.Type; t != unix.RTM_NEWLINK && t != unix.RTM_DELLINK || len(m.Data) < unix.SizeofIfInfomsg {
			continue
		}
		info := (*unix.IfInfomsg)(unsafe.Pointer(&m.Data[0]))
		// A bridge tells of its ports in the same messages: they do not go when
		// they leave it.
		if info.Family != unix.AF_UNSPEC {
			continue
		}
		events = append(events, newLinkEvent(m, info))
	}
	return events
}

func newLinkEvent(m *syscall.NetlinkMessage, info *unix.IfInfomsg) linkEvent {
	const usable = unix.IFF_UP | unix.IFF_RUNNING
	e := linkEvent{
		index:    int(info.Index),
		hatype:   info.Type,
		up:       info.Flags&usable == usable,
		loopback: info.Flags&unix.IFF_LOOPBACK != 0,
		gone:     m.Header.Type == unix.RTM_DELLINK,
	}
	attrs, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return e
	}
	var kind, alias string
	for _, a := range attrs {
		switch a.Attr.Type {
		case unix.IFLA_IFNAME:
			e.name = unix.ByteSliceToString(a.Value)
		case unix.IFLA_IFALIAS:
			alias = unix.ByteSliceToString(a.Value)
		case unix.IFLA_LINKINFO:
			kind = linkKind(a.Value)
		}
	}
	if e.description = alias; alias == "" {
		e.description = kind
	}
	return e
}

// linkKind finds the kind of a virtual interface, such as veth or bridge, among
// nested attributes: struct rtattr, each padded to 4 bytes.
func linkKind(b []byte) string {
	for len(b) >= unix.SizeofRtAttr {
		a := (*unix.RtAttr)(unsafe.Pointer(&b[0]))
		n := int(a.Len)
		if n < unix.SizeofRtAttr || n > len(b) {
			return ""
		}
		if a.Type == unix.IFLA_INFO_KIND {
			return unix.ByteSliceToString(b[unix.SizeofRtAttr:n])
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return ""
}

// describe returns the interface without its addresses.
func (e *linkEvent) describe() Interface {
	return Interface{
		Name: e.name, Index: e.index, Link: linkOf(e.hatype), Up: e.up, Loopback: e.loopback, Description: e.description,
	}
}
