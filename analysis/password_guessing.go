package analysis

import (
	"fmt"
	"ntlmtrace/analysis/report"
	"slices"
	"time"
)

// What makes refused logons of one client a series: so many within guessTime.
const (
	guessTime     = 5 * time.Minute
	guessUsers    = 5  // accounts, of at least
	guessLogons   = 10 // refused logons together, or
	guessOneUser  = 20 // refused logons of one account
	guessRemember = 64 // refused logons kept for one client
)

var passwordGuessing = &Rule{
	Rule: report.Rule{
		ID: "password-guessing", Title: "Many refused logons from one client", Severity: report.High,
		Evidence:   "At least 10 refused logons by one client for at least 5 users, or at least 20 for one user, within 5 minutes.",
		NotIf:      "A shared proxy or NAT address; a service with an expired password (one user at a steady pace).",
		Why:        "So many refusals are no typing errors: somebody tries passwords, or a program keeps on with an old one.",
		Fix:        "Find the program on that client; watch for account lockouts.",
		Log:        "Security log: event 4625 again and again from one source; 4740 for a lockout",
		References: []string{"RFC 9110 15.5.2"},
	},
	Cause: true, Fold: func(f *Finding) FoldKey { return FoldKey{Client: f.Client} },
	OnHandshake: func(ix *Index, h *handshakeState) []*Finding {
		if !h.refused() || h.relation != nil || h.User == "" || h.facts().cause != nil {
			return nil
		}
		r := h.leg.client.refused
		if r == nil {
			r = &refusals{}
			h.leg.client.refused = r
		}
		r.add(h)
		users, own := r.users(h)
		if (users < guessUsers || len(r.list) < guessLogons) && own < guessOneUser {
			return nil
		}
		f := ix.finding(report.Likely, h.client(), "", h)
		f.explains = append([]*handshakeState{h}, r.unsaid()...)
		f.about = f.explains
		f.Summary = fmt.Sprintf("%s: %d refused logons for %d users within %s", h.client(), len(r.list), users, seconds(elapsed(r.list[0].resulted, h.resulted)))
		if users == 1 {
			f.User = h.Account()
			f.Summary = fmt.Sprintf("%s: %d refused logons as %s within %s; a service with an old password looks alike", h.client(), own, h.Account(), seconds(elapsed(r.list[0].resulted, h.resulted)))
		}
		f.Evidence = append(ix.showAll(r.list[0], ""), ix.showAll(h, "")...)
		r.said = true
		return ix.one(f)
	},
}

// refusals are the refused logons of one client within guessTime, oldest first.
type refusals struct {
	list []*handshakeState
	said bool
}

func (r *refusals) add(h *handshakeState) {
	r.list = append(r.list, h)
	n := 0
	for n < len(r.list)-1 && (len(r.list)-n > guessRemember || elapsed(r.list[n].resulted, h.resulted) > guessTime) {
		n++
	}
	r.list = slices.Delete(r.list, 0, n)
}

// users counts the accounts in r, and the refusals of that of h.
func (r *refusals) users(h *handshakeState) (users, own int) {
	var names []string
	for _, x := range r.list {
		names = appendNew(names, x.Account())
		if x.Account() == h.Account() {
			own++
		}
	}
	return len(names), own
}

// unsaid gives the earlier refusals that no finding of the rule stands for yet.
func (r *refusals) unsaid() []*handshakeState {
	if r.said {
		return nil
	}
	return r.list[:len(r.list)-1]
}
