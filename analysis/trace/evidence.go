package trace

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ntlmtrace/analysis/report"
)

// ShowConn returns one line of evidence for a frame of c: from the client if
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

// Show returns one line of evidence for a frame of h.
func (ix *Index) Show(h *Handshake, frame int64, fromClient bool, format string, args ...any) report.Evidence {
	return ix.ShowConn(h.Conn, frame, fromClient, format, args...)
}

// appendEndpoint appends an address; the client's without its port, which
// nobody needs to read.
func appendEndpoint(b []byte, a netip.AddrPort, client bool) []byte {
	if client {
		return a.Addr().AppendTo(b)
	}
	return a.AppendTo(b)
}

// ShowCredentials returns the evidence of the message with the credentials of
// h, followed by more.
func (ix *Index) ShowCredentials(h *Handshake, more string) report.Evidence {
	switch {
	case h.Mechanism == NTLM && h.tokenText() != "":
		return ix.Show(h, h.Frames.Authenticate, true, "AUTHENTICATE token %s%s", h.tokenText(), more)
	case h.Mechanism == NTLM:
		return ix.Show(h, h.Frames.Authenticate, true, "AUTHENTICATE %s%s", h.Who(), more)
	}
	return ix.Show(h, h.Frames.Authenticate, true, "%s credentials of %s%s", h.MechanismName(), h.Who(), more)
}

// Who returns the account of h as a person reads it.
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

// ShowResult returns the evidence of the answer to the credentials of h; ok is
// false if none was captured.
func (ix *Index) ShowResult(h *Handshake) (report.Evidence, bool) {
	if h.Frames.Result == 0 {
		return report.Evidence{}, false
	}
	outcome := outcomeWords[h.Outcome]
	if h.Outcome == report.Accepted && h.Trouble == report.ErrorAfter {
		outcome += ", and then an error"
	}
	return ix.Show(h, h.Frames.Result, false, "%s: %s", h.ResultText, outcome), true
}

var outcomeWords = [...]string{report.Accepted: "accepted", report.Denied: "refused", report.Unknown: "says nothing about the credentials", report.Incomplete: "the handshake stops here"}

// ShowChallenge returns the evidence of the CHALLENGE of h.
func (ix *Index) ShowChallenge(h *Handshake) report.Evidence {
	by := ""
	if h.ServerName() != "" {
		by = " by " + h.ServerName()
	}
	return ix.Show(h, h.Frames.Challenge, false, "%s with a CHALLENGE%s", h.ChallengeText, by)
}

// ShowAll returns the evidence of a whole handshake: credentials, followed by
// more, and answer.
func (ix *Index) ShowAll(h *Handshake, more string) []report.Evidence {
	out := []report.Evidence{ix.ShowCredentials(h, more)}
	if e, ok := ix.ShowResult(h); ok {
		out = append(out, e)
	}
	return out
}

// Number returns the number by which people know a frame of h.
func (ix *Index) Number(h *Handshake, frame int64) int64 {
	if ix.FrameNumber == nil {
		return frame
	}
	return ix.FrameNumber(int(h.Conn.Source), frame)
}

// AnswersText returns in words which challenge the AUTHENTICATE of h answers;
// "" if that is not known.
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

// ServerText returns the name of the server of h: its own if it gave one, else
// that of the Host field, else its address. A proxy has its own name or its
// address: the Host field names what is behind it.
func (ix *Index) ServerText(h *Handshake) string {
	if issuers := ix.issuersAt(h); len(issuers) == 1 && issuers[0].Name != "" {
		return issuers[0].Name
	}
	if h.Session.Proxy {
		return h.Server().String()
	}
	if n := h.Conn.Server.Name(); n != "" && !h.BehindProxy() {
		return n
	}
	if name := HostOf(h.Host); name != "" && !isAddr(name, h.Server().Addr()) {
		return name
	}
	return h.Server().String()
}

// FilterOf returns the Wireshark display filter that shows the connections of
// handshakes. Those that are nil are left out.
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

// StreamFilter returns the Wireshark display filter that shows the connection
// between two ends.
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

// Seconds returns a duration as people write it.
func Seconds(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return strconv.FormatFloat(float64(d)/1e6, 'f', 1, 64) + " ms"
}

// Caveats returns in words which faults of the capture touch the connections of
// handshakes. Those that are nil are left out.
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

// NewFinding returns a new finding about hs, of a client, an account ("" for
// none) and the servers of hs.
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

// One returns f as what a rule found. The slice is valid until the next call.
func (ix *Index) One(f *Finding) []*Finding {
	ix.found[0] = f
	return ix.found[:]
}

// Discard takes back a finding that nothing points to, nor to its slices.
func (ix *Index) Discard(f *Finding) {
	f.Draft.clear()
	*f = Finding{Finding: report.Finding{Servers: f.Servers[:0]}, Draft: f.Draft}
	ix.spareFindings.Put(f)
}

// Release takes back the draft of a finding that was added to its row.
func (ix *Index) Release(f *Finding) {
	t := f.Draft
	f.Draft = nil
	t.clear()
	ix.spareDrafts.Put(t)
}

// clear empties t, so that it holds no handshakes.
func (t *Draft) clear() {
	clear(t.About)
	clear(t.Shown)
	*t = Draft{About: t.About[:0], Shown: t.Shown[:0]}
}

// AddServer adds a server to those that f names, once.
func (ix *Index) AddServer(f *Finding, s netip.AddrPort) {
	for _, had := range f.Servers {
		if had == s {
			return
		}
	}
	f.Servers = append(f.Servers, s)
}

// Level sets another severity than the usual one of the rule.
func (f *Finding) Level(s report.Severity) { f.Severity, f.Leveled = s, true }
