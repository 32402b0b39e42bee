package main

import (
	"io"
	"math"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/capture/extract"
	"ntlmtrace/capture/filter"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/cmd/ntlmtrace/internal/notes"
	"ntlmtrace/cmd/ntlmtrace/internal/output"
	"ntlmtrace/cmd/ntlmtrace/internal/output/format"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/run"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
)

// settings are the flags of the command, read.
type settings struct {
	format      string
	handshakes  bool // list the handshakes too
	limit       int  // rows of a table; 0 has no limit
	failOn      *report.Severity
	showSecrets bool
	page        term.Page
	all         bool
	aliases     aliases
	proxies     addresses
	filter      string         // the expression
	only        *filter.Filter // the packets to read; nil: all
	maxMemory   byteSize       // 0: the limits of the packages
	caplenLimit byteSize       // 0: the reader's own limit
	rings       int64          // bytes of memory that the kernel fills with packets; 0 unless live
	continued   bool           // all captures belong together
	separate    bool           // no capture belongs with another
	idle        time.Duration  // after which a connection is over; 0: the assembler's own limit
	write       writeSettings
}

// begin checks the flags, parses the filter, sets the memory limit, and returns
// the format.
func (s *settings) begin() (format.Format, error) {
	if s.limit < 0 || s.page.Width < 0 {
		return format.Format{}, usage.Errorf("--limit and --width cannot be negative")
	}
	if s.continued && s.separate {
		return format.Format{}, usage.Errorf("--continued and --separate contradict each other")
	}
	if err := s.write.check(); err != nil {
		return format.Format{}, err
	}
	f, err := output.Named(s.format)
	if err != nil {
		return format.Format{}, err
	}
	if err := s.parseFilter(); err != nil {
		return format.Format{}, err
	}
	return f, s.limitMemory()
}

// print returns the options of a format; places finds the frames that it
// prints.
func (s *settings) print(places result.Locator) format.Options {
	return format.Options{Page: s.page, Handshakes: s.handshakes, Limit: s.limit, Places: places}
}

// tap returns what a tap takes.
func (s *settings) tap() run.TapOptions {
	return run.TapOptions{Only: s.only, Assembler: s.assembler()}
}

// run returns the options of a run over the captures called names.
func (s *settings) run(names []string, stdin io.Reader, n notes.Notes) run.Options {
	return run.Options{
		Names: names, Stdin: stdin, Limits: s.reader(), Tap: s.tap(),
		Joining: s.joining(), Analysis: s.analysis(), Write: s.write.options(), Notes: n, Progress: term.NewProgress(n.W),
	}
}

// joining returns how it is decided which captures belong together.
func (s *settings) joining() run.Joining {
	switch {
	case s.continued:
		return run.Continued
	case s.separate:
		return run.Separate
	}
	return run.ByContent
}

// failOnFinding returns errFinding if r has a finding at or above --fail-on.
func (s *settings) failOnFinding(r *report.Report) error {
	for i := range r.Findings {
		if s.failOn != nil && r.Findings[i].Severity >= *s.failOn {
			return errFinding
		}
	}
	return nil
}

// severityFlag is --fail-on: the severity, or nil if it was not given.
type severityFlag struct{ v **report.Severity }

func (f severityFlag) Set(s string) error {
	v, err := report.ParseSeverity(s)
	if err != nil {
		return err
	}
	*f.v = &v
	return nil
}

func (f severityFlag) String() string {
	if f.v == nil || *f.v == nil {
		return ""
	}
	return (*f.v).String()
}

func (severityFlag) Type() string { return "SEVERITY" }

// aliases are the addresses of machines by name: --alias NAME=ADDR,ADDR.
type aliases map[string][]string

// Set adds the addresses of one machine.
func (a *aliases) Set(s string) error {
	name, list, ok := strings.Cut(s, "=")
	if !ok || name == "" {
		return usage.Errorf("%q is not NAME=ADDR,ADDR", s)
	}
	for addr := range strings.SplitSeq(list, ",") {
		ip, err := netip.ParseAddr(strings.TrimSpace(addr))
		if err != nil {
			return usage.Errorf("%q is not an IP address", addr)
		}
		if *a == nil {
			*a = aliases{}
		}
		(*a)[name] = append((*a)[name], ip.Unmap().String())
	}
	return nil
}

// String returns nothing: there are no aliases by default.
func (*aliases) String() string { return "" }

// Type names the value in the help.
func (*aliases) Type() string { return "NAME=ADDR,ADDR" }

// addresses is a list of addresses: --proxy ADDR,ADDR.
type addresses []netip.Addr

// Set adds the addresses of a list.
func (a *addresses) Set(s string) error {
	for addr := range strings.SplitSeq(s, ",") {
		ip, err := netip.ParseAddr(strings.TrimSpace(addr))
		if err != nil {
			return usage.Errorf("%q is not an IP address", addr)
		}
		*a = append(*a, ip.Unmap())
	}
	return nil
}

// String returns nothing: there are none by default.
func (*addresses) String() string { return "" }

// Type names the value in the help.
func (*addresses) Type() string { return "ADDR,ADDR" }

// byteSize is a number of bytes as a flag: 512MiB, 2G, 65536. K, M, G and T are
// powers of 1024, with or without iB or B behind them.
type byteSize int64

// byteUnits are the units of byteSize, each 1024 times the one before it.
const byteUnits = "KMGT"

// Set reads a size.
func (b *byteSize) Set(s string) error {
	number := strings.ToUpper(strings.TrimSpace(s))
	number = strings.TrimSuffix(strings.TrimSuffix(number, "B"), "I")
	shift := 0
	if n := len(number); n > 0 {
		if i := strings.IndexByte(byteUnits, number[n-1]); i >= 0 {
			number, shift = number[:n-1], 10*(i+1)
		}
	}
	v, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || v <= 0 || v > math.MaxInt64>>shift {
		return usage.Errorf("%q is not a size such as 512MiB", s)
	}
	*b = byteSize(v << shift)
	return nil
}

func (b *byteSize) String() string {
	if *b == 0 {
		return ""
	}
	v, unit := int64(*b), 0
	for ; v%1024 == 0 && unit < len(byteUnits); unit++ {
		v /= 1024
	}
	text := strconv.FormatInt(v, 10)
	if unit > 0 {
		text += byteUnits[unit-1:unit] + "iB"
	}
	return text
}

// Type names the value in the help.
func (*byteSize) Type() string { return "SIZE" }

// parseFilter reads the expression of --filter. A wrong one is wrong usage, and
// an empty one, as for tcpdump, is none.
func (s *settings) parseFilter() (err error) {
	if strings.TrimSpace(s.filter) == "" {
		return nil
	}
	if s.only, err = filter.Parse(s.filter); err != nil {
		return usage.Of(err)
	}
	return nil
}

// reader returns the limits of reading a file.
func (s *settings) reader() capture.Limits {
	return capture.Limits{Packet: int(min(s.caplenLimit, math.MaxInt32))}
}

// What of --max-memory is not there for what was captured. Measured by what the
// system counts as resident.
const (
	codeMemory  = 12 << 20 // code and tables, which the Go runtime does not count
	ownMemory   = 22 << 20 // these, buffers, and what waits for the garbage collector
	leastMemory = 32 << 20
)

// limitMemory keeps all of the program within --max-memory.
func (s *settings) limitMemory() error {
	if s.maxMemory == 0 {
		return nil
	}
	if least := s.fixedMemory() + leastMemory - ownMemory; int64(s.maxMemory) < least {
		return usage.Errorf("--max-memory: the program itself takes %d MiB here, so the least is %dMiB", s.fixedMemory()>>20, least>>20)
	}
	debug.SetMemoryLimit(int64(s.maxMemory) - codeMemory - s.rings)
	return nil
}

// fixedMemory is what is not there for connections and the analysis.
func (s *settings) fixedMemory() int64 {
	n := int64(ownMemory) + s.rings
	if s.write.name != "" {
		n += extract.DefaultMemory
	}
	return n
}

// share is how much memory the connections of a tap may take, and how much the
// analysis; 0 if the user set no limit.
func (s *settings) share() int64 { return max(0, int64(s.maxMemory)-s.fixedMemory()) / 2 }

// analysis returns the options of the analysis.
func (s *settings) analysis() analysis.Options {
	return analysis.Options{
		ShowSecrets: s.showSecrets,
		Aliases:     s.aliases,
		Proxies:     s.proxies,
		All:         s.all,
		MaxMemory:   s.share(),
	}
}

// assembler returns what bounds the memory of the connections of a tap.
func (s *settings) assembler() tcp.AssemblerOptions {
	return tcp.AssemblerOptions{Memory: s.share(), Idle: s.idle}
}
