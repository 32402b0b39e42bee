//go:build !linux && !darwin && !(windows && (amd64 || 386))

package live

import (
	"errors"
	"runtime"
	"time"

	"ntlmtrace/capture"
)

// Source would give the packets of interfaces; on this system none can be
// opened.
type Source struct{}

// Open says that this system cannot be captured on.
func Open(Options) (*Source, error) {
	return nil, &LibraryError{
		Name: "live capture on " + runtime.GOOS + "/" + runtime.GOARCH,
		Err:  errors.ErrUnsupported,
		hint: "capture with dumpcap, tcpdump or pktmon, and give ntlmtrace the file",
	}
}

// Next returns no packet.
func (*Source) Next(*capture.Packet, time.Duration) error { return errors.ErrUnsupported }

// Interfaces returns none.
func (*Source) Interfaces() []Interface { return nil }

// Stats counts nothing.
func (*Source) Stats() Stats { return Stats{} }

// Notes returns none.
func (*Source) Notes() []string { return nil }

// Close does nothing.
func (*Source) Close() error { return nil }
