package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
)

var doubleHopTokenReplay = &Rule{
	Rule: report.Rule{
		ID: "double-hop-token-replay", Title: "NTLM token replayed to another server", Severity: report.High,
		Evidence:   "The same NTLM response on two connections to different servers. The second server issued no challenge, or another one, and refused.",
		NotIf:      "A copy of the same packets (SPAN port, NAT, load balancer) or a proxy that carries one logon over two connections: these have one challenge on both. A token that comes again to the same server is stale-token-resent.",
		Why:        tokenIsBound,
		Fix:        "Kerberos with constrained delegation, or Basic over TLS, or a service account for the second server.",
		Log:        "IIS log of the second server: 401 1 2148074248 (SEC_E_INVALID_TOKEN)",
		References: []string{"KB183545", "MS-NLMP 3.3.2", "RFC 4559 6"},
	},
	Cause: true, Fold: byClientServersUser,
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		r := h.relation
		if r == nil || r.kind != replayed {
			return nil
		}
		return worthless(ix, h, r, fmt.Sprintf("%s from %s: the NTLM token issued for %s was sent to %s, which %s",
			r.x.who(), h.client(), ix.serverText(r.x), ix.serverText(h), verb(h)))
	},
}

const tokenIsBound = "An NTLM token answers one server's challenge on one connection; a second server cannot accept it (KB183545)."

// worthless makes the finding about a token that x carried to one server and h
// to another, if that one did not accept it.
func worthless(ix *Index, h *handshakeState, r *relation, summary string) []*Finding {
	x := r.x
	if h.Outcome == report.Accepted && h.Status < 400 {
		return nil // a server that does not authenticate ignores the field
	}
	c := report.Sure.Lower(h.Outcome != report.Denied, x.Frames.Challenge == 0 && h.madeFor() == "", h.Frames.Result == 0)
	f := ix.finding(c, x.client(), x.Account(), x, h)
	f.Summary = summary
	f.explains = []*handshakeState{h}
	f.Evidence = append(ix.showAll(x, ix.answersText(x)), ix.showAll(h, ix.ownChallenge(h))...)
	if x.madeForOther(h) {
		f.detail = fmt.Sprintf(" The token says itself that it was made for %s.", h.madeFor())
	}
	f.Fix = fmt.Sprintf("Kerberos with constrained delegation from %s to HTTP/%s, or Basic over TLS, or a service account for the second hop.", ix.serverText(x), ix.serverText(h))
	return ix.one(f)
}

// madeForOther reports whether the token of h names the server of x, and not
// another name that the server of h gave itself.
func (x *handshakeState) madeForOther(h *handshakeState) bool {
	return h.madeFor() != "" && netbios(h.madeFor()) == netbios(x.serverName()) && netbios(h.madeFor()) != netbios(h.serverName())
}

// ownChallenge tells what challenge the connection of h had, which the token does not answer.
func (ix *Index) ownChallenge(h *handshakeState) string {
	if h.Frames.Challenge == 0 {
		return ": the same token, no challenge on this connection"
	}
	return fmt.Sprintf(": the same token, but the challenge here is that of frame %d", ix.number(h, h.Frames.Challenge))
}

// verb says in a summary what the server did with the credentials of h.
func verb(h *handshakeState) string {
	switch {
	case h.Outcome == report.Denied:
		return "refused it"
	case h.Frames.Result == 0:
		return "gave no answer that was captured"
	}
	return "answered " + statusText(int(h.Status))
}
