//go:build !windows

package live

import (
	"net"
	"net/netip"
)

// prefixes returns addresses as the net package lists them in our form.
func prefixes(addrs []net.Addr) []netip.Prefix {
	var list []netip.Prefix
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		addr, ok := netip.AddrFromSlice(n.IP)
		if !ok {
			continue
		}
		ones, _ := n.Mask.Size()
		list = append(list, netip.PrefixFrom(addr.Unmap(), ones))
	}
	return list
}
