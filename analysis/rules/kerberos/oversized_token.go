package kerberos

import (
	"fmt"
	"net/netip"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// oversized is the length of a token as base64 from which servers may refuse
// the request: the smallest limits in use are 8 KB for a field (Apache httpd,
// nginx, Tomcat).
const oversized = 8000

// OversizedToken is the rule oversized-token: "Kerberos token too long for the
// server".
var OversizedToken = &trace.Rule{
	Rule: report.Rule{
		ID: "oversized-token", Title: "Kerberos token too long for the server", Severity: report.Medium,
		Evidence: "A Kerberos token of more than 8 KB as base64, answered 400, 413 or 431, or by the end of the connection, at a server that accepted none of that length.",
		NotIf:    "The server refused the request for another reason: then shorter tokens get the same answer.",
		Why:      "A ticket holds all groups of its user, and some users are in hundreds. The server's limit for a field or the whole head is smaller than that, so that it refuses the request before it looks at the ticket. Users in fewer groups get in.",
		Fix: `Raise the limit at the server and at each proxy before it. IIS and WinRM: MaxFieldLength and MaxRequestBytes below HKLM\SYSTEM\CurrentControlSet\Services\HTTP\Parameters (65534), then restart http. ` +
			"Apache httpd: LimitRequestFieldSize; nginx: large_client_header_buffers; HAProxy: tune.bufsize; Tomcat: maxHttpRequestHeaderSize; Squid: request_header_max_size; Node: --max-http-header-size. " +
			"Or take the user out of groups, and clear sIDHistory after a migration. authPersistNonNTLM lets IIS ask for the ticket once a connection.",
		Log:        `IIS: httperr log, FieldLength or RequestLength; Apache httpd: error log AH00561; nginx: "client sent too long header line"; client: System log, Kerberos event 6`,
		References: []string{"RFC 6585 5", "RFC 4559 4.2"},
	},
	Cause: true, Fold: trace.ByClientServers,
	New: func(*trace.Index) trace.Questions {
		s := sizes{recent.New[netip.AddrPort, *taken](1 << 10)}
		return trace.Questions{OnExchange: s.exchange}
	},
}

// sizes is what servers did with long tokens.
type sizes struct {
	byServer *recent.Map[netip.AddrPort, *taken]
}

// taken is what one server did.
type taken struct {
	most    int // the longest token that it accepted
	refused []*refusedSize
}

// refusedSize is a finding, until a token as long as its own is accepted.
type refusedSize struct {
	size       int
	withdrawal *trace.Finding
}

// maxRefusedSizes bounds those of one server.
const maxRefusedSizes = 64

func (s sizes) exchange(ix *trace.Index, x *trace.Exchange) []*trace.Finding {
	for i := range x.Auth.Request.Credentials {
		c := &x.Auth.Request.Credentials[i]
		if t := c.Token; t != nil && t.Kerberos != nil && encoded(t.Size) >= oversized {
			return s.long(ix, x, c.Session, t.Size)
		}
	}
	return nil
}

// encoded returns the length of n bytes as base64.
func encoded(n int) int { return (n + 2) / 3 * 4 }

// long is asked about an exchange with a long token.
func (s sizes) long(ix *trace.Index, x *trace.Exchange, session auth.Session, size int) []*trace.Finding {
	var h *trace.Handshake
	for _, one := range x.Handshakes {
		if one.Session == session {
			h = one
		}
	}
	if h == nil {
		return nil
	}
	server := h.Server()
	k := s.byServer.Get(server)
	if k == nil {
		k = &taken{}
		s.byServer.Set(server, k)
	}
	switch {
	case h.Outcome == report.Accepted:
		return k.accept(size)
	case size <= k.most, h.Reply != auth.Malformed && x.Auth.Ending != auth.ClosedEarly && x.Auth.Ending != auth.ResetEarly:
		return nil
	}
	f := ix.NewFinding(report.Likely, h.Client(), "", h)
	f.Explains = []*trace.Handshake{h}
	how := "with " + x.Auth.Result.Text
	if x.Auth.Ending != auth.Answered {
		how = "by the end of the connection"
	}
	f.Summary = fmt.Sprintf("%s: %s answered a Kerberos token of %s %s", h.Client(), ix.ServerText(h), kilobytes(encoded(size)), how)
	f.Evidence = ix.ShowAll(h, fmt.Sprintf(", ticket for %s, a token of %d bytes, %d as base64", h.SPN, size, encoded(size)))
	if len(k.refused) < maxRefusedSizes {
		k.refused = append(k.refused, &refusedSize{size, ix.WithdrawalOf(f)})
	}
	return ix.One(f)
}

// accept notes that a token was accepted: a refusal of one that is no longer
// had another reason.
func (k *taken) accept(size int) (found []*trace.Finding) {
	k.most = max(k.most, size)
	kept := k.refused[:0]
	for _, r := range k.refused {
		if r.size <= size {
			found = append(found, r.withdrawal)
		} else {
			kept = append(kept, r)
		}
	}
	clear(k.refused[len(kept):])
	k.refused = kept
	return found
}

func kilobytes(n int) string { return fmt.Sprintf("%.1f KB", float64(n)/1024) }
