//go:build !linux && !windows

package live

import (
	"fmt"
	"net"

	"ntlmtrace/capture"
)

// Interfaces returns all interfaces of this machine. The link type of one that
// is no Ethernet is known when it is open.
func Interfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list of interfaces: %w", err)
	}
	list := make([]Interface, len(all))
	for n, i := range all {
		const usable = net.FlagUp | net.FlagRunning
		list[n] = Interface{
			Name: i.Name, Index: i.Index, Link: capture.LinkEthernet,
			Up: i.Flags&usable == usable, Loopback: i.Flags&net.FlagLoopback != 0,
		}
		if len(i.HardwareAddr) == 0 {
			list[n].Link = capture.LinkNull
		}
		if addrs, err := i.Addrs(); err == nil {
			list[n].Addrs = prefixes(addrs)
		}
	}
	return list, nil
}
