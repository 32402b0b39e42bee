package abuse

import (
	"fmt"
	"slices"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
)

// What makes refused logons of one client a series: so many within guessTime.
const (
	guessTime     = 5 * time.Minute
	guessUsers    = 5  // accounts, of at least
	guessLogons   = 10 // refused logons together, or
	guessOneUser  = 20 // refused logons of one account
	guessRemember = 64 // refused logons kept for one client
)

// PasswordGuessing is the rule password-guessing: "Many refused logons from one
// client".
var PasswordGuessing = &trace.Rule{
	Rule: report.Rule{
		ID: "password-guessing", Title: "Many refused logons from one client", Severity: report.High,
		Evidence:   "At least 10 refused logons by one client for at least 5 users, or at least 20 for one user, within 5 minutes.",
		NotIf:      "A shared proxy or NAT address; a service with an expired password (one user at a steady pace).",
		Why:        "So many refusals are no typing errors: somebody tries passwords, or a program keeps on with an old one.",
		Fix:        "Find the program on that client; watch for account lockouts.",
		Log:        "Security log: event 4625 again and again from one source; 4740 for a lockout",
		References: []string{"RFC 9110 15.5.2"},
	},
	Cause: true, Fold: func(f *trace.Finding) trace.FoldKey { return trace.FoldKey{Client: f.Client} },
	New: func(*trace.Index) trace.Questions {
		byClient := map[*trace.Host]*refusals{}
		return trace.Questions{
			OnHandshake: func(ix *trace.Index, h *trace.Handshake) []*trace.Finding { return guessed(ix, h, byClient) },
			OnLeave: func(_ *trace.Index, h *trace.Handshake) []*trace.Finding {
				c := h.Conn.Client
				if r := byClient[c]; r != nil {
					if r.list = slices.DeleteFunc(r.list, func(x *trace.Handshake) bool { return x == h }); len(r.list) == 0 {
						delete(byClient, c)
					}
				}
				return nil
			},
		}
	},
}

func guessed(ix *trace.Index, h *trace.Handshake, byClient map[*trace.Host]*refusals) []*trace.Finding {
	if !h.Refused() || h.Relation != nil || h.User == "" || h.Extra().Cause != 0 {
		return nil
	}
	r := byClient[h.Conn.Client]
	if r == nil {
		r = &refusals{}
		byClient[h.Conn.Client] = r
	}
	r.add(h)
	users, own := r.users(h)
	if (users < guessUsers || len(r.list) < guessLogons) && own < guessOneUser {
		return nil
	}
	f := ix.NewFinding(report.Likely, h.Client(), "", h)
	f.Explains = append([]*trace.Handshake{h}, r.unreported()...)
	f.About = f.Explains
	f.Summary = fmt.Sprintf("%s: %d refused logons for %d users within %s", h.Client(), len(r.list), users, trace.Seconds(trace.Elapsed(r.list[0].ResultAt, h.ResultAt)))
	if users == 1 {
		f.User = h.Account()
		f.Summary = fmt.Sprintf("%s: %d refused logons as %s within %s; a service with an old password looks alike", h.Client(), own, h.Account(), trace.Seconds(trace.Elapsed(r.list[0].ResultAt, h.ResultAt)))
	}
	f.Evidence = append(ix.ShowAll(r.list[0], ""), ix.ShowAll(h, "")...)
	r.reported = true
	return ix.One(f)
}

// refusals are the refused logons of one client within guessTime, oldest first.
type refusals struct {
	list     []*trace.Handshake
	reported bool
}

func (r *refusals) add(h *trace.Handshake) {
	r.list = append(r.list, h)
	n := 0
	for n < len(r.list)-1 && (len(r.list)-n > guessRemember || trace.Elapsed(r.list[n].ResultAt, h.ResultAt) > guessTime) {
		n++
	}
	r.list = slices.Delete(r.list, 0, n)
}

// users counts the accounts in r, and the refusals of that of h.
func (r *refusals) users(h *trace.Handshake) (users, own int) {
	var names []string
	for _, x := range r.list {
		names = trace.AppendNew(names, x.Account())
		if x.Account() == h.Account() {
			own++
		}
	}
	return len(names), own
}

// unreported returns the earlier refusals that are in no finding of the rule
// yet.
func (r *refusals) unreported() []*trace.Handshake {
	if r.reported {
		return nil
	}
	return r.list[:len(r.list)-1]
}
