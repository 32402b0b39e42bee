package samples

import "ntlmtrace/capture/capturetest"

var captureIncomplete = []story{
	{"hit-challenge-lost", acceptedWithoutChallenge},
	{"hit-one-direction", oneDirection},
	{"hit-snapshot-length", snapshotLength},
	{"miss-offloaded-segments", offloadedSegments},
	{"miss-lost-and-retransmitted", lostAndRetransmitted},
	{"miss-out-of-order", outOfOrder},
}

// acceptedWithoutChallenge: the capture lost one packet of a healthy logon.
func acceptedWithoutChallenge(s *stage) {
	a := s.dial(pc1, web01())
	a.ask("/reports", ntlm(alice.Negotiate()))
	a.Lose(1)
	a.reply()
	a.get("/reports", ntlm(a.answer(alice)))
	a.Close()
	s.want(incomplete())
}

// oneDirection: the answers took another way.
func oneDirection(s *stage) {
	a := s.dial(pc1, web01(), capturetest.ClientOnly())
	a.login(alice, "/reports")
	a.Close()
	s.want(incomplete())
}

// snapshotLength: every packet was cut after 96 bytes.
func snapshotLength(s *stage) {
	s.tap(capturetest.Snaplen(96))
	a := s.dial(pc1, web01())
	a.get("/reports")
	a.login(alice, "/reports")
	a.Close()
	s.want(incomplete())
}

// offloadedSegments: the network card cuts the segments, so that the capture
// has packets larger than the wire allows.
func offloadedSegments(s *stage) {
	a := s.dial(pc1, web01(), capturetest.MSS(20000))
	a.login(alice, "/reports")
	a.ask("/reports/all").reply()
	a.Close()
}

// lostAndRetransmitted: the hole is filled later.
func lostAndRetransmitted(s *stage) {
	a := s.dial(pc1, web01())
	a.ask("/reports", ntlm(alice.Negotiate()))
	a.Lose(1)
	a.reply()
	a.Retransmit()
	a.get("/reports", ntlm(a.answer(alice)))
	a.Close()
}

// outOfOrder: the two segments of the token come in the wrong order.
func outOfOrder(s *stage) {
	a := s.dial(pc1, web01())
	a.begin("NTLM", alice, "/reports")
	a.Split(500)
	a.Swap()
	a.get("/reports", ntlm(a.answer(alice)))
	a.Close()
}

// incomplete is the finding that says that the capture holds too little. It is
// about the capture, whatever connections are touched.
func incomplete() finding {
	return finding{rule: "capture-incomplete", severity: "info", confidence: "high"}
}
