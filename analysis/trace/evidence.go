package trace

import (
	"fmt"
	"net/netip"
	"ntlmtrace/analysis/report"
	"strconv"
	"strings"
	"time"
)

// show makes one line of evidence for a frame of l: from the client if
// fromClient, else from the server.
func (ix *Index) ShowConn(c *Conn, frame int64, fromClient bool, format string, args ...any) report.Evidence {
	from, to := c.ClientAddr(), c.ServerAddr()
	if !fromClient {
		from, to = to, from
	}
	b := append(appendEndpoint(nil, from, fromClient), " -> "...)
	b = append(appendEndpoint(b, to, !fromClient), "   "...)
	return report.Evidence{Source: int(c.Source), Frame: frame, Text: string(fmt.Appendf(b, format, args...))}
}

// show makes one line of evidence for a frame of h.
func (ix *Index) Show(h *Handshake, frame int64, fromClient bool, format string, args ...any) report.Evidence {
	return ix.ShowConn(h.Conn, frame, fromClient, format, args...)
}

// appendEndpoint writes the client without its port, which nobody needs to read.
func appendEndpoint(b []byte, a netip.AddrPort, client bool) []byte {
	if client {
		return a.Addr().AppendTo(b)
	}
	return a.AppendTo(b)
}

// showCredentials is the evidence of the message with the credentials of h.
func (ix *Index) ShowCredentials(h *Handshake, more string) report.Evidence {
	switch {
	case h.Mechanism == NTLM && h.tokenText() != "":
		return ix.Show(h, h.Frames.Authenticate, true, "AUTHENTICATE token %s%s", h.tokenText(), more)
	case h.Mechanism == NTLM:
		return ix.Show(h, h.Frames.Authenticate, true, "AUTHENTICATE %s%s", h.Who(), more)
	}
	return ix.Show(h, h.Frames.Authenticate, true, "%s credentials of %s%s", h.MechanismName(), h.Who(), more)
}

// who names the account of h for a person.
func (h *Handshake) Who() string {
	switch {
	case h.Anonymous:
		return "anonymous"
	case h.LocalCall:
		return "the local user (local call)"
	case h.User == "":
		return "an unknown user"
	}
	return h.Account()
}

// showResult is the evidence of the answer to the credentials of h; ok is false if none was captured.
func (ix *Index) ShowResult(h *Handshake) (report.Evidence, bool) {
	if h.Frames.Result == 0 {
		return report.Evidence{}, false
	}
	return ix.Show(h, h.Frames.Result, false, "%s: %s", h.ResultText, outcomeWords[h.Outcome]), true
}

var outcomeWords = [...]string{report.Accepted: "accepted", report.Denied: "refused", report.Unknown: "says nothing about the credentials", report.Incomplete: "the handshake stops here"}

// showChallenge is the evidence of the CHALLENGE of h.
func (ix *Index) ShowChallenge(h *Handshake) report.Evidence {
	by := ""
	if h.ServerName() != "" {
		by = " by " + h.ServerName()
	}
	return ix.Show(h, h.Frames.Challenge, false, "%s with a CHALLENGE%s", h.ChallengeText, by)
}

// showAll is the evidence of a whole handshake: credentials and answer.
func (ix *Index) ShowAll(h *Handshake, more string) []report.Evidence {
	out := []report.Evidence{ix.ShowCredentials(h, more)}
	if e, ok := ix.ShowResult(h); ok {
		out = append(out, e)
	}
	return out
}

// number gives the number of a frame of h for a text.
func (ix *Index) Number(h *Handshake, frame int64) int64 {
	if ix.FrameNumber == nil {
		return frame
	}
	return ix.FrameNumber(int(h.Conn.Source), frame)
}

// answersText tells which challenge the AUTHENTICATE of h answers.
func (ix *Index) AnswersText(h *Handshake) string {
	switch {
	case h.Frames.Challenge != 0 && h.ServerName() != "":
		return fmt.Sprintf(", answers the challenge in frame %d (%s)", ix.Number(h, h.Frames.Challenge), h.ServerName())
	case h.Frames.Challenge != 0:
		return fmt.Sprintf(", answers the challenge in frame %d", ix.Number(h, h.Frames.Challenge))
	case h.MadeFor() != "":
		return ", made for " + h.MadeFor()
	}
	return ""
}

// serverText names the server of h for a person: by its own name if it gave
// one, else by the Host field, else by address.
func (ix *Index) ServerText(h *Handshake) string {
	if n := h.Conn.Server.Name(); n != "" {
		return n
	}
	if name := HostOf(h.Host); name != "" && !isAddr(name, h.Server().Addr()) {
		return name
	}
	return h.Server().String()
}

// filterOf makes the Wireshark display filter that shows the connections of the handshakes.
func (ix *Index) FilterOf(hs ...*Handshake) string {
	var parts []string
	for _, h := range hs {
		if h == nil {
			continue
		}
		parts = AppendNew(parts, ix.StreamFilter(h.Conn.ClientAddr(), h.Conn.ServerAddr()))
	}
	return strings.Join(parts, " || ")
}

func (ix *Index) StreamFilter(c, s netip.AddrPort) string {
	address := "ip.addr == "
	if c.Addr().Is6() {
		address = "ipv6.addr == "
	}
	return fmt.Sprintf("(%[1]s%[2]s && %[1]s%[3]s && tcp.port == %[4]d && tcp.port == %[5]d)", address, c.Addr(), s.Addr(), c.Port(), s.Port())
}

// isAddr reports whether text is a as it is written.
func isAddr(text string, a netip.Addr) bool {
	var room [64]byte
	return text == string(a.AppendTo(room[:0]))
}

// seconds writes a duration as a person says it.
func Seconds(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return strconv.FormatFloat(float64(d)/1e6, 'f', 1, 64) + " ms"
}

// caveats lists what of the capture's faults touches the connections of the handshakes.
func (ix *Index) Caveats(hs ...*Handshake) []string {
	var out []string
	for _, h := range hs {
		if h == nil {
			continue
		}
		if h.Gap {
			out = AppendNew(out, fmt.Sprintf("bytes are missing before frame %d", ix.Number(h, h.Frames.Authenticate)))
		}
		if !h.Conn.FromStart {
			out = AppendNew(out, fmt.Sprintf("the beginning of the connection %s -> %s was not captured", h.Conn.ClientAddr(), h.Conn.ServerAddr()))
		}
		if h.Frames.Result == 0 && h.Frames.Authenticate != 0 {
			out = AppendNew(out, fmt.Sprintf("the answer to frame %d was not captured", ix.Number(h, h.Frames.Authenticate)))
		}
	}
	return out
}

// finding begins a finding about hs, whose client, servers and user are those given.
func (ix *Index) NewFinding(c report.Confidence, client netip.Addr, user string, hs ...*Handshake) *Finding {
	f := ix.spareFindings.Take()
	if f.Draft == nil {
		f.Draft = ix.spareDrafts.Take()
	}
	f.Confidence, f.Client, f.User = c, client, user
	f.About = append(f.About, hs...)
	f.Shown = append(f.Shown, hs...)
	for _, h := range hs {
		ix.AddServer(f, h.Server())
	}
	return f
}

// one gives f as what a rule found. It is good until the next call.
func (ix *Index) One(f *Finding) []*Finding {
	ix.found[0] = f
	return ix.found[:]
}

// discard takes back a finding that nothing points to, nor to its slices.
func (ix *Index) Discard(f *Finding) {
	f.Draft.clear()
	*f = Finding{Finding: report.Finding{Servers: f.Servers[:0]}, Draft: f.Draft}
	ix.spareFindings.Put(f)
}

// told takes back of a finding that was said what mattered until then.
func (ix *Index) Release(f *Finding) {
	t := f.Draft
	f.Draft = nil
	t.clear()
	ix.spareDrafts.Put(t)
}

// clear makes t hold no handshakes.
func (t *Draft) clear() {
	clear(t.About)
	clear(t.Shown)
	*t = Draft{About: t.About[:0], Shown: t.Shown[:0]}
}

func (ix *Index) AddServer(f *Finding, s netip.AddrPort) {
	for _, had := range f.Servers {
		if had == s {
			return
		}
	}
	f.Servers = append(f.Servers, s)
}

// level sets another severity than the rule's usual one.
func (f *Finding) Level(s report.Severity) { f.Severity, f.Leveled = s, true }
