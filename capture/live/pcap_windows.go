//go:build amd64 || 386

package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/gopacket/pcap"

	"ntlmtrace/capture"
)

// handle captures one interface with Npcap.
type handle struct {
	h                 *pcap.Handle
	received, dropped counter
}

// longestTurn is how many packets an interface gives before another one is
// asked. To ask one that has none takes its timeout, twice.
const longestTurn = 1 << 14

// readTimeout is how long Npcap waits for a packet, of all interfaces together.
const readTimeout = 10 * time.Millisecond

// isCalled reports whether an interface goes by a name: that of Windows, that
// of the hardware, or that of Npcap.
func isCalled(i *Interface, name string) bool {
	if strings.EqualFold(i.Name, name) || i.Description == name {
		return true
	}
	device, err := deviceOf(i.Name)
	return err == nil && strings.EqualFold(device, name)
}

// deviceOf returns what Npcap calls an interface.
func deviceOf(name string) (string, error) {
	all, err := adapters()
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all, func(a adapter) bool { return a.Name == name })
	if i < 0 {
		return "", &NameError{name}
	}
	return all[i].device, nil
}

// load finds wpcap.dll.
func load() error {
	if err := pcap.LoadWinPCAP(); err != nil {
		return &LibraryError{Name: "Npcap", Err: err, hint: "install Npcap from npcap.com with its defaults; " +
			"or capture with pktmon, which is part of Windows, and give ntlmtrace the file of pktmon etl2pcap"}
	}
	return nil
}

// openHandle opens an interface, one of count, and begins to capture. A
// warning is no error.
func openHandle(o *Options, name string, count int) (h *handle, warning string, err error) {
	device, err := deviceOf(name)
	if err != nil {
		return nil, "", err
	}
	p, err := activate(o, device, count, !o.NoPromisc)
	if err != nil && !o.NoPromisc && !denied(err) {
		// Wireless adapters often cannot be promiscuous.
		if p, err = activate(o, device, count, false); err == nil {
			warning = "only what is addressed to this machine is seen: there is no promiscuous mode"
		}
	}
	if err != nil {
		return nil, "", openError(name, err)
	}
	if o.FilterText != "" {
		if err := p.SetBPFFilter(o.FilterText); err != nil {
			p.Close()
			return nil, "", fmt.Errorf("%s: filter: %w", name, err)
		}
	}
	return &handle{h: p}, warning, nil
}

// activate opens a device of Npcap.
func activate(o *Options, device string, count int, promisc bool) (*pcap.Handle, error) {
	h, err := pcap.NewInactiveHandle(device)
	if err != nil {
		return nil, err
	}
	defer h.CleanUp()
	err = errors.Join(
		h.SetSnapLen(o.packet()),
		h.SetPromisc(promisc),
		h.SetTimeout(max(time.Millisecond, readTimeout/time.Duration(count))),
		h.SetBufferSize(o.ring()),
	)
	if err != nil {
		return nil, err
	}
	return h.Activate()
}

// denied reports whether an error is one of rights. The package gives no more
// than text, some of which is that of Windows.
func denied(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "permission denied") || strings.Contains(text, "access is denied")
}

func openError(name string, err error) error {
	if denied(err) {
		return &RightsError{What: name, Err: err, hint: "Npcap was installed for administrators only: " +
			"start ntlmtrace from a prompt that runs as administrator, or install Npcap again without that restriction"}
	}
	return fmt.Errorf("%s: %w", name, err)
}

func (h *handle) link() capture.LinkType { return capture.LinkType(h.h.LinkType()) }

// next reads a packet. It waits for it twice the timeout of the handle.
func (h *handle) next(p *capture.Packet) (bool, error) {
	data, info, err := h.h.ZeroCopyReadPacketData()
	if err == pcap.NextErrorTimeoutExpired {
		return false, nil
	}
	if err != nil {
		if err == pcap.NextErrorReadError {
			err = h.h.Error()
		}
		return false, err
	}
	p.Time = info.Timestamp.UnixNano()
	p.Data = data[:len(data):len(data)]
	p.Length = info.Length
	return true, nil
}

// stats returns the counts of the handle.
func (h *handle) stats() Stats {
	s, err := h.h.Stats()
	if err != nil {
		return Stats{Received: h.received.total, Dropped: h.dropped.total}
	}
	return Stats{Received: h.received.set(uint32(s.PacketsReceived)), Dropped: h.dropped.set(uint32(s.PacketsDropped))}
}

func (h *handle) close() { h.h.Close() }

// await does nothing: to read waits.
func await([]*handle, time.Duration) error { return nil }
