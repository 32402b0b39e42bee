package samples

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"ntlmtrace/capture/capturetest"
)

// A Sample is a capture and what must be found in it.
type Sample struct {
	Name    string // the path of its files in this directory, without an extension: "ntlmv1/hit-lm-only"
	Capture []byte // a pcap file
	Want    []Want
	Marks   bool          // its packets bear direction marks, which are evidence or the subject
	Cards   []netip.Addr  // addresses from which its servers call others, and at which nobody calls them
	Clock   time.Duration // how far the clock of the capture is behind all others
}

// A Want is a finding that there must be.
type Want struct {
	Rule       string           `json:"rule"`
	Severity   string           `json:"severity"`
	Confidence string           `json:"confidence,omitempty"` // empty where it says one thing of the fact and another of its cause
	User       string           `json:"user,omitempty"`
	Client     netip.Addr       `json:"client,omitzero"`
	Servers    []netip.AddrPort `json:"servers,omitempty"`
	Evidence   []int            `json:"evidence,omitempty"` // frames that its evidence must hold
}

// A story tells one conversation.
type story struct {
	name string // hit-… or miss-…
	tell func(*stage)
}

// A chapter is the stories of one rule.
type chapter struct {
	rule    string // empty for the samples that show the program at large
	stories []story
}

// chapters lists all samples. To add one, write its story in the file of its
// rule; to add a rule, add its chapter here.
var chapters = []chapter{
	{"", overview},
	{"double-hop-token-replay", doubleHopTokenReplay},
	{"double-hop-token-forwarded", doubleHopTokenForwarded},
	{"token-without-challenge", tokenWithoutChallenge},
	{"stale-token-resent", staleTokenResent},
	{"token-replayed-by-other-client", tokenReplayedByOtherClient},
	{"handshake-split", handshakeSplit},
	{"pass-through-proxy", passThroughProxy},
	{"wrong-credentials", wrongCredentials},
	{"basic-cleartext", basicCleartext},
	{"basic-forwarded", basicForwarded},
	{"ntlmv1", ntlmv1},
	{"capture-incomplete", captureIncomplete},
	{"double-hop-anonymous", doubleHopAnonymous},
	{"double-hop-no-credentials", doubleHopNoCredentials},
	{"double-hop-identity-changed", doubleHopIdentityChanged},
	{"server-changed-mid-handshake", serverChangedMidHandshake},
	{"identity-bleed", identityBleed},
	{"connection-closed-mid-handshake", connectionClosedMidHandshake},
	{"proxy-without-session-auth", proxyWithoutSessionAuth},
	{"proxy-auth-loop", proxyAuthLoop},
	{"auth-not-persisted", authNotPersisted},
	{"request-body-resent", requestBodyResent},
	{"kerberos-fallback", kerberosFallback},
	{"target-named-by-ip", targetNamedByIP},
	{"kerberos-refused", kerberosRefused},
	{"negotiate-not-offered", negotiateNotOffered},
	{"clock-skew", clockSkew},
	{"mic-missing", micMissing},
	{"ntlm-relay", ntlmRelay},
	{"slow-step", slowStep},
	{"authorization-denied", authorizationDenied},
	{"password-guessing", passwordGuessing},
	{"offer-not-taken", offerNotTaken},
	{"handshake-abandoned", handshakeAbandoned},
	{"negotiate-unanswered", negotiateUnanswered},
	{"error-after-logon", errorAfterLogon},
	{"guest-or-null-session", guestOrNullSession},
	{"loopback-check", loopbackCheck},
	{"ntlm-reflection", ntlmReflection},
	{"request-inside-handshake", requestInsideHandshake},
	{"oversized-token", oversizedToken},
	{"tls-terminated-upstream", tlsTerminatedUpstream},
	{"dc-bottleneck", dcBottleneck},
}

// All makes every sample.
func All() []Sample {
	var all []Sample
	for _, c := range chapters {
		for _, t := range c.stories {
			s := &stage{name: t.name, capture: capturetest.New()}
			if c.rule != "" {
				s.name = c.rule + "/" + t.name
			}
			t.tell(s)
			all = append(all, s.sample())
		}
	}
	return all
}

// WantFile gives the .want file of the sample.
func (s Sample) WantFile() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, w := range s.Want {
		if err := e.Encode(w); err != nil {
			panic(err) // Want has nothing that JSON cannot hold
		}
	}
	return b.Bytes()
}

// finding is a Want while its capture is being made: the frames have no
// numbers yet.
type finding struct {
	rule, severity, confidence string
	user                       string
	client                     capturetest.Host
	servers                    []*site
	evidence                   []*capturetest.Frame
}

func (f finding) want(name string) Want {
	w := Want{Rule: f.rule, Severity: f.severity, Confidence: f.confidence, User: f.user, Client: f.client.Addr}
	for _, s := range f.servers {
		w.Servers = append(w.Servers, netip.AddrPortFrom(s.at.Addr, s.at.Port))
	}
	for _, e := range f.evidence {
		if e.Number == 0 {
			panic(fmt.Sprintf("%s: evidence for %s was not captured", name, f.rule))
		}
		w.Evidence = append(w.Evidence, e.Number)
	}
	slices.Sort(w.Evidence)
	return w
}
