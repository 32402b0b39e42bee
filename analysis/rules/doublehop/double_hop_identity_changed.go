package doublehop

import (
	"fmt"
	"slices"
	"strings"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// IdentityChanged is the rule double-hop-identity-changed: "Second hop as
// another account".
var IdentityChanged = &trace.Rule{
	Rule: report.Rule{
		ID: "double-hop-identity-changed", Title: "Second hop as another account", Severity: report.Info,
		Evidence:   "While a front end served a request of a known user, it logged on to a back end with another account: its machine account, or a service account.",
		NotIf:      "Often meant so: every Exchange front end and every application with a service account does it. It counts as medium where the back end's last word to that request is 401 or 403, the user's request fails with 401, 403 or 5xx, and the machine does not ask the same when it serves nobody.",
		Why:        "The back end does not see the user but the account of the front end: its permissions decide.",
		Fix:        "Grant that account what it needs at the back end, or configure delegation so that the back end sees the user.",
		Log:        "IIS log of the back end: cs-username is the other account",
		References: []string{"MS-NLMP 2.2.1.3"},
	},
	Cause: true, Fold: byServersAndAccount,
	New: func(*trace.Index) trace.Questions {
		c := &changes{newProbes()}
		return trace.Questions{OnNested: c.onNested, OnExchange: c.probes.onExchange}
	},
}

// changes remembers what machines ask that serve nobody.
type changes struct{ probes *probes }

func (c *changes) onNested(ix *trace.Index, front *trace.FrontRequest) (out []*trace.Finding) {
	if front.User.User == "" {
		return nil // a Kerberos ticket does not name its user
	}
	for _, n := range ix.Nests(front) {
		for _, h := range n.Handshakes() {
			if f := c.otherAccount(ix, front, &n, h); f != nil {
				out = append(out, f)
			}
		}
	}
	return out
}

// otherIdentity are the rules about a second hop with another identity: one of
// them reports it.
var otherIdentity = []string{"double-hop-anonymous", "double-hop-identity-changed"}

func (c *changes) otherAccount(ix *trace.Index, front *trace.FrontRequest, n *trace.Nest, h *trace.Handshake) *trace.Finding {
	if h.User == "" || h.Frames.Authenticate == 0 || h.Frames.Result == 0 || ix.Named(h, otherIdentity...) || strings.EqualFold(userOnly(h.User), userOnly(front.User.User)) {
		return nil
	}
	x := lastWord(n, h)
	trouble := front.Own.Denied() && x != nil && !c.probes.has(x)
	sure := report.Likely // sure of the fact, not that it is wrong
	if trouble {
		sure = report.Sure
	}
	f := ix.NestedFinding(sure, front, n, h)
	if trouble {
		f.Level(report.Medium)
		f.Explains = []*trace.Handshake{h}
	}
	f.Subjects = []*trace.Handshake{h}
	f.ChangedTo = h.Account()
	f.Summary = fmt.Sprintf("%s from %s: the front end %s logged on to %s as %s, which %s",
		n.Candidates(front), front.User.Client(), ix.ServerText(front.User), ix.ServerText(h), h.Account(), trace.OutcomeText(h))
	f.Evidence = append(f.Evidence, ix.ShowAll(h, ix.AnswersText(h))...)
	ix.AddAnswer(f, front)
	if trouble {
		c.probes.note(ix, f, x)
	}
	return f
}

// lastWord returns the exchange of n that refused h or what h asked for, if
// that was the last word: nil if the same request was answered otherwise after
// it.
func lastWord(n *trace.Nest, h *trace.Handshake) (last *trace.Exchange) {
	for _, x := range n.Exchanges {
		switch {
		case slices.Contains(x.Handshakes, h) && x.Auth.Response.Stamp.Frame == h.Frames.Result && x.Forbidden():
			last = x
		case last != nil && requestOf(x) == requestOf(last) && !x.Forbidden():
			last = nil
		}
	}
	return last
}

// userOnly returns the name without a domain before or after it.
func userOnly(user string) string {
	if _, after, ok := strings.Cut(user, "\\"); ok {
		user = after
	}
	user, _, _ = strings.Cut(user, "@")
	return user
}

// byServersAndAccount folds what a front end does with one account of its own
// at one back end, for whichever users.
func byServersAndAccount(f *trace.Finding) trace.FoldKey {
	k := trace.FoldKey{Server: trace.OneServer(f.Servers), Servers: trace.ServersText(f.Servers), User: strings.ToLower(f.ChangedTo)}
	if f.Severity > report.Info {
		k.Client = f.Client
	}
	return k
}
