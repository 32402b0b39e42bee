// Package filter decides which packets are wanted.
package filter

import (
	"errors"

	"golang.org/x/net/bpf"

	"ntlmtrace/capture"
)

// Filter is an expression that was read.
type Filter struct{}

// TCPOnly gives the program that lets through what can carry TCP.
func TCPOnly(link capture.LinkType) ([]bpf.RawInstruction, bool) { return nil, false }

// Parse reads an expression.
func Parse(expr string) (*Filter, error) {
	if expr != "tcp" {
		return nil, errors.New("filter: not built in")
	}
	return &Filter{}, nil
}

// Keep reports whether p matches, or may be part of what matches.
func (f *Filter) Keep(p *capture.Packet) bool { return true }

// Program gives the filter as the kernel takes it, if it can be said so.
func (f *Filter) Program(link capture.LinkType) ([]bpf.RawInstruction, bool) { return nil, false }
