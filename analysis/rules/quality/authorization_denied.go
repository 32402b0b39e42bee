package quality

import (
	"fmt"
	"time"

	"ntlmtrace/analysis/internal/recent"
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/trace"
	"ntlmtrace/decode/auth"
)

// AuthorizationDenied is the rule authorization-denied: "Logon worked, access
// refused".
var AuthorizationDenied = &trace.Rule{
	Rule: report.Rule{
		ID: "authorization-denied", Title: "Logon worked, access refused", Severity: report.Low,
		Evidence:   "A 401 or 403 to a logon with Persistent-Auth: true, or a 401 for an account that the same connection accepted for another URL. Or a 403 to the last message of a logon, which nothing else explains (low confidence). Or a 401 for an account that the same client had accepted there for another URL within 5 minutes and never for this one; Basic: with the same password.",
		NotIf:      "wrong-credentials looks alike where the server does not say more than 401.",
		Why:        "The credentials were good; an access list refused this user here.",
		Fix:        "Check the NTFS permissions and the authorization rules of the URL for this account.",
		Log:        "IIS log: 401 3",
		References: []string{"RFC 9110 15.5.4", "MS-N2HT 2.2.2"},
	},
	Cause: true, Fold: trace.ByClientServersUser,
	New: func(*trace.Index) trace.Questions {
		k := deniedAccounts{recent.New[knownKey, []reported](1 << 12)}
		return trace.Questions{OnHandshake: k.onHandshake, OnSettled: k.onSettled, OnExchange: deniedUse}
	},
}

// knownTime is how close a logon must be that was accepted to make a refusal
// of the same account one of its access.
const knownTime = 5 * time.Minute

// knownKey names an account of a client at a server.
type knownKey struct {
	place     trace.Place
	account   string
	mechanism string
}

// reported is a refusal that was taken for one of access.
type reported struct {
	target     uint32 // its Handshake.TargetKey
	at         int64
	withdrawal *trace.Finding
}

// maxReported bounds those of one account.
const maxReported = 32

// deniedAccounts are the refusals of each account that were reported.
type deniedAccounts struct {
	byAccount *recent.Map[knownKey, []reported]
}

func keyOf(h *trace.Handshake) knownKey {
	return knownKey{h.Place(), h.Account(), h.MechanismName()}
}

func (k deniedAccounts) onHandshake(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if h.Frames.Authenticate == 0 || h.Session.Proxy || h.Anonymous {
		return nil
	}
	if h.Relation == nil {
		if found := deniedAtOnce(ix, h); found != nil {
			return found
		}
	}
	if h.Outcome == report.Accepted && h.User != "" && h.Answer != auth.AcceptedForbidden {
		return k.withdraw(h)
	}
	return nil
}

// deniedAtOnce reports a refusal that says by itself, or by the logon before it
// on its connection, that the credentials are good.
func deniedAtOnce(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	// An AUTHENTICATE alone on a connection that has an identity is a stale
	// token.
	known := h.Answer == auth.Denied && h.AcceptedBefore && (h.Mechanism != trace.NTLM || h.Frames.Challenge != 0)
	if !known && !((h.Answer == auth.AcceptedForbidden || h.Answer == auth.Denied) && h.Confirmed && !h.SingleRequest) {
		return nil
	}
	f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
	f.Explains = []*trace.Handshake{h}
	f.Summary = fmt.Sprintf("%s from %s: %s accepted the logon and refused %s", h.Who(), h.Client(), ix.ServerText(h), h.Target())
	f.Evidence = ix.ShowAll(h, "")
	return ix.One(f)
}

// withdraw returns what was reported of the account of h, which was accepted,
// about the same target shortly before: it was mistyped.
func (k deniedAccounts) withdraw(h *trace.Handshake) (found []*trace.Finding) {
	if k.byAccount.Len() == 0 {
		return nil
	}
	key := keyOf(h)
	list := k.byAccount.Get(key)
	if len(list) == 0 {
		return nil
	}
	kept := list[:0]
	for _, r := range list {
		switch {
		case trace.Elapsed(r.at, h.ResultAt) > knownTime:
		case r.target == h.TargetKey:
			found = append(found, r.withdrawal)
		default:
			kept = append(kept, r)
		}
	}
	if k.byAccount.Set(key, kept); len(kept) == 0 {
		k.byAccount.Delete(key)
	}
	return found
}

// note remembers f, about the refusal of h, to be withdrawn.
func (k deniedAccounts) note(ix *trace.Index, h *trace.Handshake, f *trace.Finding) {
	key := keyOf(h)
	if list := k.byAccount.Get(key); len(list) < maxReported {
		k.byAccount.Set(key, append(list, reported{h.TargetKey, h.ResultAt, ix.WithdrawalOf(f)}))
	}
}

// onSettled reports a refusal of an account that the server accepts for other
// targets, and for this one not. Of Basic credentials the password is known to
// be the same.
func (k deniedAccounts) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if h.Answer == auth.AcceptedForbidden && !h.Confirmed {
		return k.forbidden(ix, h)
	}
	if !h.Refused() || h.Frames.Authenticate == 0 || h.Session.Proxy || h.Anonymous || h.User == "" || h.Mechanism == trace.NTLM && h.Frames.Challenge == 0 || ix.NamedBefore(h, "authorization-denied") || ix.Named(h, "authorization-denied") {
		return nil
	}
	before := acceptedElsewhere(ix, h)
	if before == nil {
		return nil
	}
	f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
	f.Explains = []*trace.Handshake{h}
	f.Summary = fmt.Sprintf("%s from %s: %s accepts the account, and refused %s", h.Who(), h.Client(), ix.ServerText(h), h.Target())
	f.Evidence = append([]report.Evidence{ix.ShowConn(before.Conn, before.Frames.Result, false, "the same account is accepted for another request")}, ix.ShowAll(h, "")...)
	k.note(ix, h, f)
	return ix.One(f)
}

// forbidden reports a logon whose request was answered 403, and nothing else
// explains it: the server went past the logon, as it seems.
func (k deniedAccounts) forbidden(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if h.Mechanism == trace.SchemeOnly || h.Frames.Authenticate == 0 || h.Session.Proxy || h.Anonymous || h.Shared() || h.Extra().Nested || ix.NamedBefore(h, "authorization-denied") || ix.Named(h, "authorization-denied") {
		return nil
	}
	f := ix.NewFinding(report.Unsure, h.Client(), h.Account(), h)
	f.Explains = []*trace.Handshake{h}
	f.Summary = fmt.Sprintf("%s from %s: %s went past the logon, and refused %s", h.Who(), h.Client(), ix.ServerText(h), h.Target())
	f.Why = "The answer to the last message of the logon is 403: an access list refuses this user here, or something refuses the request whoever asks."
	f.Log = "IIS log: 403 with its sub-status and the user name; without a user name it was refused before the logon (403.4 TLS, 403.6 address, 403.7 client certificate)"
	f.Evidence = ix.ShowAll(h, "")
	k.note(ix, h, f)
	return ix.One(f)
}

// acceptedElsewhere returns the logon of the account of h that was accepted last
// within knownTime before h at the same server for another target; nil if there
// is none, or one for the same target before or after it.
func acceptedElsewhere(ix *trace.Index, h *trace.Handshake) (before *trace.Handshake) {
	for x := range ix.OfHop(h.Conn.Hop) {
		switch {
		case x.Outcome != report.Accepted || x.Answer == auth.AcceptedForbidden || x.Phase < trace.Judged || x.User == "" || x.Frames.Authenticate == 0 || x.Session.Proxy ||
			x.Mechanism != h.Mechanism || x.Place() != h.Place() || !x.SameAccount(h) || apart(x, h) > knownTime:
		case h.Mechanism == trace.Basic:
			return samePassword(ix, h)
		case x.TargetKey == h.TargetKey:
			return nil
		case x.ResultAt <= h.ResultAt && (before == nil || x.ResultAt > before.ResultAt):
			before = x
		}
	}
	return before
}

// samePassword returns a logon at the same server, within knownTime, that was
// accepted with the user name and password of h; nil if there is none.
func samePassword(ix *trace.Index, h *trace.Handshake) *trace.Handshake {
	others := ix.BasicsLike(h)
	for x := others.Next(); x != nil; x = others.Next() {
		if x.Outcome == report.Accepted && ix.SameServer(x, h) && x.Frames.Result != 0 && apart(x, h) <= knownTime {
			return x
		}
	}
	return nil
}

// apart returns the time between the answers to two logons.
func apart(x, y *trace.Handshake) time.Duration {
	return max(trace.Elapsed(x.ResultAt, y.ResultAt), trace.Elapsed(y.ResultAt, x.ResultAt))
}

// deniedUse reports a request on a connection that keeps its logon.
func deniedUse(ix *trace.Index, x *trace.Exchange) []*trace.Finding {
	h := x.Before
	if h == nil || len(x.Auth.Request.Credentials) > 0 || !x.KeptLogon() {
		return nil
	}
	f := ix.NewFinding(report.Likely.Lower(x.Auth.Gap), h.Client(), h.Account(), h)
	f.Summary = fmt.Sprintf("%s from %s: %s knows the user and refused %s", h.Who(), h.Client(), ix.ServerText(h), trace.TargetText(x.Auth))
	f.Evidence = append(ix.ShowAll(h, ""), ix.ShowExchange(x, " on the same connection")...)
	return ix.One(f)
}
