package main

import (
	"math"

	"golang.org/x/net/bpf"

	"ntlmtrace/capture"
	"ntlmtrace/capture/filter"
	"ntlmtrace/capture/live"
)

// thisMachine is the machine that the program runs on.
var thisMachine = liveMachine{
	open:       openLive,
	dropRights: live.DropRights,
	clock:      machineClock,
	screen:     newTUI,
}

// openLive begins to read the interfaces of s. What the kernel can filter it
// does: a packet that is dropped there costs nothing here. It cannot always, so
// what the user asked for is asked again of each packet.
func openLive(s *liveSettings) (packetSource, error) {
	wanted := filter.TCPOnly
	if s.only != nil {
		wanted = s.only.Program
	}
	src, err := live.Open(live.Options{
		Interfaces: s.interfaces,
		NoPromisc:  s.noPromisc,
		Ring:       int(min(s.ring, math.MaxInt32)),
		Packet:     s.reader().Packet,
		Filter: func(link capture.LinkType) []bpf.RawInstruction {
			program, _ := wanted(link)
			return program
		},
		FilterText: s.filter,
	})
	if err != nil {
		return nil, err
	}
	return src, nil
}
