package protocol

import (
	"fmt"
	"net/netip"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/ntlm"
)

// TLSTerminatedUpstream is the rule tls-terminated-upstream: "Token bound to TLS
// on a connection without it".
var TLSTerminatedUpstream = &trace.Rule{
	Rule: report.Rule{
		ID: "tls-terminated-upstream", Title: "Token bound to TLS on a connection without it", Severity: report.Medium,
		Evidence: "The AUTHENTICATE has channel bindings that are not zero, and the connection has no TLS: something on the way ended it. Medium where the logon is refused and that server accepts no such token; a note where it is accepted.",
		NotIf:    "The server accepts such tokens: then it does not check the binding, and a refusal has another cause.",
		Why: "The client bound its token to the TLS channel that it sees, up to a balancer or proxy. Behind that the server sees another channel, or none. " +
			"With Extended Protection it refuses every such token, whatever the password; without, it takes them, and would not notice a relay.",
		Fix: "End TLS at the server itself (pass TCP through), or encrypt again to the server with the same certificate and private key as the balancer has. " +
			"Otherwise set Extended Protection to Accept at most, not Required, or off for this site: IIS: extendedProtection tokenChecking (Accept is called Allow); Exchange: Set-OwaVirtualDirectory and its like, -ExtendedProtectionTokenChecking (it supports no TLS offloading); AD FS: ExtendedProtectionTokenCheck.",
		Log:        "Security log of the server: event 4625 with Status 0xC000035B (STATUS_BAD_BINDINGS); IIS log: 401 1 2148074310 (SEC_E_BAD_BINDINGS)",
		References: []string{"MS-NLMP 2.2.2.1", "MS-NLMP 3.2.5.1.2", "RFC 5929 4"},
	},
	Cause: true,
	Fold: func(f *trace.Finding) trace.FoldKey {
		k := trace.ByServer(f)
		k.User = f.Kind
		return k
	},
	New: func(*trace.Index) trace.Questions {
		b := boundTokens{recent.New[netip.AddrPort, *boundAt](1 << 10)}
		return trace.Questions{OnHandshake: b.onHandshake, OnSettled: b.onSettled}
	},
}

// boundTokens is what servers did with tokens that are bound to TLS.
type boundTokens struct {
	byServer *recent.Map[netip.AddrPort, *boundAt]
}

// boundAt is what one server did.
type boundAt struct {
	accepted bool
	refused  []*trace.Finding // withdrawals of what was said of refusals
}

// maxBound bounds the withdrawals of one server.
const maxBound = 64

func (b boundTokens) at(h *trace.Handshake) *boundAt {
	k := b.byServer.Get(h.Server())
	if k == nil {
		k = &boundAt{}
		b.byServer.Set(h.Server(), k)
	}
	return k
}

func (b boundTokens) onHandshake(ix *trace.Index, h *trace.Handshake) (found []*trace.Finding) {
	if h.Channel != ntlm.BoundClaim || h.Outcome != report.Accepted {
		return nil
	}
	k := b.at(h)
	k.accepted = true
	found, k.refused = k.refused, nil
	f := ix.NewFinding(report.Sure, h.Client(), "", h)
	f.Level(report.Info)
	f.Kind = "accepted"
	f.Subjects = []*trace.Handshake{h}
	f.Write = writeBound
	return append(found, f)
}

// onSettled reports a refusal that nothing else explains: by then it is known
// whether the server accepts such tokens.
func (b boundTokens) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if h.Channel != ntlm.BoundClaim || !h.Refused() || h.Frames.Challenge == 0 || ix.NamedBefore(h, "tls-terminated-upstream") || ix.Named(h, "tls-terminated-upstream") {
		return nil
	}
	k := b.at(h)
	if k.accepted {
		return nil
	}
	f := ix.NewFinding(report.Likely, h.Client(), "", h)
	f.Kind = "refused"
	f.Explains = []*trace.Handshake{h}
	f.Write = writeBound
	if len(k.refused) < maxBound {
		k.refused = append(k.refused, ix.WithdrawalOf(f))
	}
	return ix.One(f)
}

func writeBound(ix *trace.Index, f *trace.Finding) {
	h := f.About[0]
	f.Summary = fmt.Sprintf("%s from %s: the token for %s is bound to a TLS channel, and came without TLS; the logon %s", h.Who(), h.Client(), ix.ServerText(h), trace.OutcomeText(h))
	f.Evidence = ix.ShowAll(h, ", with a channel binding that is not zero")
}
