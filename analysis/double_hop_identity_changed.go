package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
	"strings"
)

var doubleHopIdentityChanged = &Rule{
	Rule: report.Rule{
		ID: "double-hop-identity-changed", Title: "Second hop as another account", Severity: report.Info,
		Evidence:   "While a front end served a request of a known user, it logged on to a back end with another account: its machine account, or a service account.",
		NotIf:      "Often meant so: every Exchange front end and every application with a service account does it. It counts as medium where the back end refuses or the first request fails.",
		Why:        "The back end does not see the user but the account of the front end: its permissions decide.",
		Fix:        "Grant that account what it needs at the back end, or configure delegation so that the back end sees the user.",
		Log:        "IIS log of the back end: cs-username is the other account",
		References: []string{"MS-NLMP 2.2.1.3"},
	},
	Cause: true, Fold: byServersAndAccount,
	OnNested: func(ix *Index, o *Outer) []*Finding {
		if o.user.User == "" {
			return nil // a Kerberos ticket does not name its user
		}
		var out []*Finding
		for _, n := range ix.nests(o) {
			for _, v := range n.visits {
				for _, h := range v.hs {
					if f := otherAccount(ix, o, &n, h); f != nil {
						out = append(out, f)
					}
				}
			}
		}
		return out
	},
}

func otherAccount(ix *Index, o *Outer, n *nest, h *handshakeState) *Finding {
	if h.User == "" || h.Frames.Authenticate == 0 || h.Frames.Result == 0 || h.told || strings.EqualFold(userOnly(h.User), userOnly(o.user.User)) {
		return nil
	}
	trouble := h.refused() || o.failed && h.Status >= 400
	h.told = true
	c := report.Likely // sure of the fact, not that it is wrong
	if trouble {
		c = report.Sure
	}
	f := ix.nestedFinding(c, o, n, h)
	if trouble {
		f.level(report.Medium)
		f.explains = []*handshakeState{h}
	}
	f.changedTo = h.Account()
	f.Summary = fmt.Sprintf("%s from %s: the front end %s logged on to %s as %s, which %s",
		n.candidates(o), o.user.client(), ix.serverText(o.user), ix.serverText(h), h.Account(), outcomeText(h))
	f.Evidence = append(f.Evidence, ix.showAll(h, ix.answersText(h))...)
	ix.addAnswer(f, o)
	return f
}

// userOnly gives the name without a domain before or after it.
func userOnly(user string) string {
	if _, after, ok := strings.Cut(user, "\\"); ok {
		user = after
	}
	user, _, _ = strings.Cut(user, "@")
	return user
}

// byServersAndAccount folds what a front end does with one account of its own
// at one back end, for whichever users.
func byServersAndAccount(f *Finding) FoldKey {
	k := FoldKey{Server: oneServer(f.Servers), Servers: serversText(f.Servers), User: strings.ToLower(f.changedTo)}
	if f.Severity > report.Info {
		k.Client = f.Client
	}
	return k
}
