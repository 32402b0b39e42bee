// Package live reads packets from the interfaces of this machine.
package live

import (
	"errors"
	"net"
	"time"

	"golang.org/x/net/bpf"

	"ntlmtrace/capture"
)

// Options say what to read and how.
type Options struct {
	Interfaces []string // names; "any" is all of them
	NoPromisc  bool     // take only what is for this machine
	Ring       int      // bytes of the buffer that the kernel fills, for each interface
	Packet     int      // bytes of the largest packet that is given; 0 for the default
	Filter     func(capture.LinkType) []bpf.RawInstruction
	FilterText string // what Filter was made of
}

// ErrTimeout says that no packet came in time.
var ErrTimeout = errors.New("no packet came in time")

// GoneError says that an interface is gone.
type GoneError struct{ Name string }

// Error implements error.
func (e *GoneError) Error() string { return e.Name + ": the interface was removed" }

// NameError says that there is no interface of a name.
type NameError struct{ Name string }

// Error implements error.
func (e *NameError) Error() string { return e.Name + ": no such interface" }

// Hint says where the names are.
func (e *NameError) Hint() string { return "ntlmtrace interfaces lists those of this machine" }

// Interface is one interface that is read.
type Interface struct {
	Name string
	Link capture.LinkType
}

// Stats counts what came, and what the kernel dropped.
type Stats struct{ Received, Dropped int64 }

// Source gives the packets of the interfaces.
type Source struct{}

// Open begins to read.
func Open(o Options) (*Source, error) {
	for _, name := range o.Interfaces {
		if _, err := net.InterfaceByName(name); err != nil && name != "any" {
			return nil, &NameError{name}
		}
	}
	return nil, errors.New("live capture: not built in")
}

// Next reads the next packet, and waits for it no longer than wait.
func (s *Source) Next(p *capture.Packet, wait time.Duration) error { return ErrTimeout }

// Interfaces lists what is read.
func (s *Source) Interfaces() []Interface { return nil }

// Stats gives the counts so far.
func (s *Source) Stats() Stats { return Stats{} }

// Notes gives what happened to the interfaces since the last call.
func (s *Source) Notes() []string { return nil }

// Close ends the reading.
func (s *Source) Close() error { return nil }

// DropRights gives up the rights of root.
func DropRights(user string) (string, error) { return "", nil }
