package main

import (
	"github.com/spf13/cobra"

	"ntlmtrace/cmd/ntlmtrace/internal/usage"
	"ntlmtrace/cmd/ntlmtrace/internal/write"
)

// writeSettings are the flags of --write, read.
type writeSettings struct {
	name   string // empty: nothing is written
	size   byteSize
	files  int
	usual  int // files, where --write-files is not given
	bodies bool
}

// options returns the flags as a run takes them.
func (s *writeSettings) options() write.Options {
	return write.Options{Name: s.name, Size: int64(s.size), Files: s.files, Bodies: s.bodies}
}

// writeFlags adds the flags of writing packets.
func writeFlags(c *cobra.Command, s *writeSettings) {
	f := c.Flags()
	f.StringVar(&s.name, "write", "", "write the packets of the connections that authenticate to `FILE`, as pcapng")
	f.Var(&s.size, "write-size", "begin the next file at this size (default 64MiB; needs --write-files)")
	f.IntVar(&s.files, "write-files", s.usual, "keep this many files, the newest; 0 for one without a limit")
	f.BoolVar(&s.bodies, "write-bodies", false, "write long bodies whole, not only their first 64 KiB")
}

// check finds what is wrong with the flags.
func (s *writeSettings) check() error {
	switch {
	case s.name == "" && (s.size > 0 || s.files != s.usual || s.bodies):
		return usage.Errorf("--write-size, --write-files and --write-bodies need --write")
	case s.files < 0:
		return usage.Errorf("--write-files cannot be negative")
	case s.size > 0 && s.files == 0:
		return usage.Errorf("--write-size needs --write-files")
	}
	return nil
}
