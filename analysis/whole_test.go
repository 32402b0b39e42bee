package analysis_test

import (
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/token"

	"net/netip"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture"
	"ntlmtrace/decode/ntlm"
)

// TestBodyAfterItsAnswer lets a server answer a NEGOTIATE before the body of its request is
// there: the frame of each message is the one in which it is complete, whichever that is first.
func TestBodyAfterItsAnswer(t *testing.T) {
	var got []report.Frames
	a := analysis.New(analysis.Options{}, analysis.Output{Handshake: func(h *report.Handshake) { got = append(got, h.Frames) }})
	at := func(frame int64) capture.Stamp { return capture.Stamp{Frame: frame, Time: 1e18 + frame*1e6} }
	c := &auth.Conn{
		ID: 1, FromStart: true, KnownFirst: true, First: [2]uint32{1e6, 2e6},
		Client: netip.MustParseAddrPort("10.9.0.10:49152"), Server: netip.MustParseAddrPort("10.9.0.20:80"),
	}
	x := analysistest.Request(c, 0, at(1), auth.Credentials{Scheme: "NTLM", Token: &token.Token{Negotiate: &ntlm.Negotiate{}}})
	x.Request.Body.Length = 4000
	a.Request(x)
	analysistest.Answer(x, at(2), 401, auth.Challenge{Scheme: "NTLM", Token: &token.Token{Challenge: &ntlm.Challenge{ServerChallenge: [8]byte{1}}}})
	a.Exchange(x)
	a.Complete(c, 0, true, at(3))
	a.Complete(c, 0, false, at(4))
	a.Closed(c, at(5), capture.Finished, false)
	a.End(nil)
	if len(got) != 1 || got[0].Negotiate != 4 || got[0].Challenge != 3 {
		t.Errorf("the frames are %+v, want NEGOTIATE in 4 and CHALLENGE in 3", got)
	}
}
