package quality

import (
	"fmt"
	"hash/maphash"
	"strings"
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
		k := knownAccounts{recent.New[knownKey, *known](1 << 12)}
		return trace.Questions{OnHandshake: k.onHandshake, OnSettled: k.onSettled, OnExchange: deniedUse}
	},
}

// knownTime is how close a logon must be that was accepted to make a refusal
// of the same account one of its access.
const knownTime = 5 * time.Minute

// knownKey names an account of a client at a server.
type knownKey struct {
	hop       *trace.Hop
	account   string
	mechanism string
}

// known is what was accepted of one account.
type known struct {
	accepted [8]visit // a ring
	next     int
	reported []reported
}

// visit is a logon that was accepted.
type visit struct {
	target uint64 // hash of method and path
	at     int64
	conn   *trace.Conn
	frame  int64 // of the answer
}

// reported is a refusal that was taken for one of access.
type reported struct {
	target     uint64
	at         int64
	withdrawal *trace.Finding
}

// maxReported bounds those of one account.
const maxReported = 32

type knownAccounts struct {
	byAccount *recent.Map[knownKey, *known]
}

func keyOf(h *trace.Handshake) knownKey {
	return knownKey{h.Conn.Hop, h.Account(), h.MechanismName()}
}

var targetSeed = maphash.MakeSeed()

// targetOf hashes the method and path of a target, without the query.
func targetOf(target string) uint64 {
	target, _, _ = strings.Cut(target, "?")
	return maphash.String(targetSeed, target)
}

func (k knownAccounts) onHandshake(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if h.Frames.Authenticate == 0 || h.Session.Proxy || h.Anonymous {
		return nil
	}
	if h.Relation == nil {
		if found := deniedAtOnce(ix, h); found != nil {
			return found
		}
	}
	if h.Outcome == report.Accepted && h.User != "" && h.Answer != auth.AcceptedForbidden {
		return k.accept(h)
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

// of returns what is known of the account of h, new if need be.
func (k knownAccounts) of(h *trace.Handshake) *known {
	key := keyOf(h)
	a := k.byAccount.Get(key)
	if a == nil {
		a = new(known)
		k.byAccount.Set(key, a)
	}
	return a
}

// accept remembers h. What was refused at the same target shortly before it was
// mistyped: that is withdrawn.
func (k knownAccounts) accept(h *trace.Handshake) (found []*trace.Finding) {
	target, a := targetOf(h.Target()), k.of(h)
	a.accepted[a.next%len(a.accepted)] = visit{target, h.ResultAt, h.Conn, h.Frames.Result}
	a.next++
	kept := a.reported[:0]
	for _, r := range a.reported {
		switch {
		case trace.Elapsed(r.at, h.ResultAt) > knownTime:
		case r.target == target:
			found = append(found, r.withdrawal)
		default:
			kept = append(kept, r)
		}
	}
	a.reported = kept
	return found
}

// onSettled reports a refusal of an account that the server accepts for other
// targets, and for this one not. Of Basic credentials the password is known to
// be the same.
func (k knownAccounts) onSettled(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if h.Answer == auth.AcceptedForbidden && !h.Confirmed {
		return k.forbidden(ix, h)
	}
	if !h.Refused() || h.Frames.Authenticate == 0 || h.Session.Proxy || h.Anonymous || h.User == "" || h.Mechanism == trace.NTLM && h.Frames.Challenge == 0 || ix.NamedBefore(h, "authorization-denied") || ix.Named(h, "authorization-denied") {
		return nil
	}
	a := k.byAccount.Get(keyOf(h))
	if a == nil {
		return nil
	}
	target := targetOf(h.Target())
	v, ok := a.elsewhere(h, target)
	if h.Mechanism == trace.Basic {
		v, ok = samePassword(ix, h)
	}
	if !ok {
		return nil
	}
	f := ix.NewFinding(report.Likely, h.Client(), h.Account(), h)
	f.Explains = []*trace.Handshake{h}
	f.Summary = fmt.Sprintf("%s from %s: %s accepts the account, and refused %s", h.Who(), h.Client(), ix.ServerText(h), h.Target())
	f.Evidence = append([]report.Evidence{ix.ShowConn(v.conn, v.frame, false, "the same account is accepted for another request")}, ix.ShowAll(h, "")...)
	if len(a.reported) < maxReported {
		a.reported = append(a.reported, reported{target, h.ResultAt, ix.WithdrawalOf(f)})
	}
	return ix.One(f)
}

// forbidden reports a logon whose request was answered 403, and nothing else
// explains it: the server went past the logon, as it seems.
func (k knownAccounts) forbidden(ix *trace.Index, h *trace.Handshake) []*trace.Finding {
	if h.Mechanism == trace.SchemeOnly || h.Frames.Authenticate == 0 || h.Session.Proxy || h.Anonymous || h.Shared() || h.Extra().Nested || ix.NamedBefore(h, "authorization-denied") || ix.Named(h, "authorization-denied") {
		return nil
	}
	f := ix.NewFinding(report.Unsure, h.Client(), h.Account(), h)
	f.Explains = []*trace.Handshake{h}
	f.Summary = fmt.Sprintf("%s from %s: %s went past the logon, and refused %s", h.Who(), h.Client(), ix.ServerText(h), h.Target())
	f.Why = "The answer to the last message of the logon is 403: an access list refuses this user here, or something refuses the request whoever asks."
	f.Log = "IIS log: 403 with its sub-status and the user name; without a user name it was refused before the logon (403.4 TLS, 403.6 address, 403.7 client certificate)"
	f.Evidence = ix.ShowAll(h, "")
	if a := k.of(h); len(a.reported) < maxReported {
		a.reported = append(a.reported, reported{targetOf(h.Target()), h.ResultAt, ix.WithdrawalOf(f)})
	}
	return ix.One(f)
}

// elsewhere returns a logon that was accepted within knownTime before h for
// another target; ok is false if there is none, or one for the same target.
func (a *known) elsewhere(h *trace.Handshake, target uint64) (v visit, ok bool) {
	for _, x := range a.accepted {
		switch {
		case x.at == 0 || trace.Elapsed(x.at, h.ResultAt) > knownTime || trace.Elapsed(h.ResultAt, x.at) > knownTime:
		case x.target == target:
			return v, false
		case x.at <= h.ResultAt:
			v, ok = x, true
		}
	}
	return v, ok
}

// samePassword returns a logon at the same server, within knownTime, that was
// accepted with the user name and password of h.
func samePassword(ix *trace.Index, h *trace.Handshake) (v visit, ok bool) {
	others := ix.BasicsLike(h)
	for x := others.Next(); x != nil; x = others.Next() {
		if x.Outcome == report.Accepted && x.Server() == h.Server() && x.Frames.Result != 0 &&
			trace.Elapsed(x.ResultAt, h.ResultAt) <= knownTime && trace.Elapsed(h.ResultAt, x.ResultAt) <= knownTime {
			return visit{conn: x.Conn, frame: x.Frames.Result}, true
		}
	}
	return v, false
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
