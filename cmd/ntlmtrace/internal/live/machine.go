package live

import (
	"math"

	"golang.org/x/net/bpf"

	"ntlmtrace/capture"
	"ntlmtrace/capture/filter"
	capturelive "ntlmtrace/capture/live"
)

// SourceOptions say which packets of which interfaces are read.
type SourceOptions struct {
	Interfaces []string
	NoPromisc  bool
	Ring       int64          // bytes of memory for packets that wait, for each interface
	Packet     int            // bytes of the largest packet; 0: the default
	Filter     *filter.Filter // nil: all packets
	Text       string         // of the filter, as the user wrote it
}

// OpenInterfaces begins to read what o names. What the kernel can filter it
// does: a packet that is dropped there costs nothing here. It cannot always, so
// each packet is matched again.
func OpenInterfaces(o SourceOptions) (Source, error) {
	wanted := filter.TCPOnly
	if o.Filter != nil {
		wanted = o.Filter.Program
	}
	src, err := capturelive.Open(capturelive.Options{
		Interfaces: o.Interfaces,
		NoPromisc:  o.NoPromisc,
		Ring:       int(min(o.Ring, math.MaxInt32)),
		Packet:     o.Packet,
		Filter: func(link capture.LinkType) []bpf.RawInstruction {
			program, _ := wanted(link)
			return program
		},
		FilterText: o.Text,
	})
	if err != nil {
		return nil, err
	}
	return src, nil
}
