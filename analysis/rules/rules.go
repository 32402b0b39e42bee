// Package rules lists everything that the program looks for.
//
//	trace.Rule: texts and questions, one file each --All, in order of precedence--> engine
package rules

import (
	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/rules/abuse"
	"ntlmtrace/analysis/rules/affinity"
	"ntlmtrace/analysis/rules/doublehop"
	"ntlmtrace/analysis/rules/kerberos"
	"ntlmtrace/analysis/rules/protocol"
	"ntlmtrace/analysis/rules/quality"
	"ntlmtrace/analysis/trace"
)

// All is everything that the program looks for. Of the rules that explain
// why a handshake failed (Cause), the more specific comes before the less
// specific: the first that fires is the one that is printed.
var All = []*trace.Rule{
	abuse.NTLMReflection,
	abuse.NTLMRelay,
	doublehop.TokenForwarded,
	doublehop.TokenReplay,
	doublehop.Anonymous,
	doublehop.NoCredentials,
	affinity.ConnectionClosedMidHandshake,
	affinity.RequestInsideHandshake,
	affinity.HandshakeSplit,
	affinity.ServerChangedMidHandshake,
	doublehop.TokenReplayedByOtherClient,
	affinity.StaleTokenResent,
	doublehop.TokenWithoutChallenge,
	abuse.LoopbackCheck,
	quality.DCBottleneck,
	abuse.PasswordGuessing,
	affinity.ProxyAuthLoop,
	affinity.NegotiateUnanswered,
	kerberos.OversizedToken,
	kerberos.Refused,
	doublehop.IdentityChanged,
	quality.AuthorizationDenied,
	protocol.ClockSkew,
	abuse.GuestOrNullSession,
	protocol.TLSTerminatedUpstream,
	protocol.NTLMv1,
	abuse.WrongCredentials,
	quality.ErrorAfterLogon,

	affinity.IdentityBleed,
	affinity.ProxyWithoutSessionAuth,
	affinity.AuthNotPersisted,
	affinity.HandshakeAbandoned,
	affinity.OfferNotTaken,
	affinity.RequestBodyResent,

	kerberos.Fallback,
	kerberos.TargetNamedByIP,
	kerberos.NegotiateNotOffered,
	protocol.MicMissing,

	abuse.BasicCleartext,
	doublehop.BasicForwarded,
	doublehop.PassThroughProxy,
	quality.SlowStep,
	quality.CaptureIncomplete,
}

// Texts returns the texts of the rules, in the order of All.
func Texts() []*report.Rule {
	out := make([]*report.Rule, len(All))
	for i, r := range All {
		out[i] = &r.Rule
	}
	return out
}
