package live

import (
	"errors"
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"

	"ntlmtrace/capture"
)

// adapter is an interface and what Npcap calls it.
type adapter struct {
	Interface
	device string
}

// Interfaces returns all interfaces of this machine by the names that Windows
// shows, such as Ethernet. The link type of one that is no Ethernet is known
// when it is open.
func Interfaces() ([]Interface, error) {
	all, err := adapters()
	if err != nil {
		return nil, err
	}
	list := make([]Interface, len(all))
	for i, a := range all {
		list[i] = a.Interface
	}
	return list, nil
}

// adapters asks Windows for its interfaces.
func adapters() ([]adapter, error) {
	// The size may grow between two calls; the documentation asks for 15 KB.
	size := uint32(15 << 10)
	for range 5 {
		buf := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&buf[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, windows.GAA_FLAG_INCLUDE_PREFIX, 0, first, &size)
		if err == nil {
			return readAdapters(first), nil
		}
		if !errors.Is(err, windows.ERROR_BUFFER_OVERFLOW) {
			return nil, fmt.Errorf("list of interfaces: %w", err)
		}
	}
	return nil, errors.New("list of interfaces: it grows faster than it can be read")
}

func readAdapters(a *windows.IpAdapterAddresses) []adapter {
	var list []adapter
	for ; a != nil; a = a.Next {
		list = append(list, adapter{
			Interface: Interface{
				Name: windows.UTF16PtrToString(a.FriendlyName), Index: adapterIndex(a), Link: adapterLink(a.IfType),
				Addrs: adapterAddrs(a), Up: a.OperStatus == windows.IfOperStatusUp,
				Loopback:    a.IfType == windows.IF_TYPE_SOFTWARE_LOOPBACK,
				Description: windows.UTF16PtrToString(a.Description),
			},
			device: adapterDevice(a),
		})
	}
	return list
}

// adapterIndex returns the number of an adapter, also of one without IPv4.
func adapterIndex(a *windows.IpAdapterAddresses) int {
	if a.IfIndex != 0 {
		return int(a.IfIndex)
	}
	return int(a.Ipv6IfIndex)
}

// adapterDevice returns what Npcap calls an adapter.
func adapterDevice(a *windows.IpAdapterAddresses) string {
	if a.IfType == windows.IF_TYPE_SOFTWARE_LOOPBACK {
		return `\Device\NPF_Loopback`
	}
	return `\Device\NPF_` + windows.BytePtrToString(a.AdapterName)
}

// adapterLink returns the link type that Npcap is likely to give.
func adapterLink(ifType uint32) capture.LinkType {
	switch ifType {
	case windows.IF_TYPE_ETHERNET_CSMACD, windows.IF_TYPE_IEEE80211:
		return capture.LinkEthernet
	case windows.IF_TYPE_SOFTWARE_LOOPBACK:
		return capture.LinkNull
	}
	return capture.LinkRaw
}

func adapterAddrs(a *windows.IpAdapterAddresses) []netip.Prefix {
	var list []netip.Prefix
	for u := a.FirstUnicastAddress; u != nil; u = u.Next {
		if addr, ok := netip.AddrFromSlice(u.Address.IP()); ok {
			list = append(list, netip.PrefixFrom(addr.Unmap(), int(u.OnLinkPrefixLength)))
		}
	}
	return list
}
