package analysis_test

import (
	"net/netip"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/decode"
	"ntlmtrace/decode/ntlm"
)

// TestBodyAfterItsAnswer lets a server answer a NEGOTIATE before the body of its request is
// there: the frame of each message is the one in which it is complete, whichever that is first.
func TestBodyAfterItsAnswer(t *testing.T) {
	var got []report.Frames
	a := analysis.New(analysis.Options{}, analysis.Output{Handshake: func(h *report.Handshake) { got = append(got, h.Frames) }})
	at := func(frame int64) capture.Stamp { return capture.Stamp{Frame: frame, Time: 1e18 + frame*1e6} }
	c := &decode.Conn{
		ID: 1, FromStart: true, KnownFirst: true, First: [2]uint32{1e6, 2e6},
		Client: netip.MustParseAddrPort("10.9.0.10:49152"), Server: netip.MustParseAddrPort("10.9.0.20:80"),
	}
	x := &decode.Exchange{Conn: c, Carrier: "http", Request: decode.Request{
		First: at(1), Stamp: at(1), Method: "POST", Target: "/", Host: "web01.corp.example", ContentLength: 4000,
		Credentials: []decode.Credentials{{Scheme: "NTLM", Token: &decode.Token{Negotiate: &ntlm.Negotiate{}}}},
	}}
	a.Request(x)
	x.Ending = decode.Answered
	x.Response = decode.Response{First: at(2), Stamp: at(2), Status: 401, ContentLength: 4000,
		Challenges: []decode.Challenge{{Scheme: "NTLM", Token: &decode.Token{Challenge: &ntlm.Challenge{ServerChallenge: [8]byte{1}}}}}}
	a.Exchange(x)
	a.Whole(c, 0, true, at(3))
	a.Whole(c, 0, false, at(4))
	a.Closed(c, at(5), capture.Finished, false)
	a.End(nil)
	if len(got) != 1 || got[0].Negotiate != 4 || got[0].Challenge != 3 {
		t.Errorf("the frames are %+v, want NEGOTIATE in 4 and CHALLENGE in 3", got)
	}
}
