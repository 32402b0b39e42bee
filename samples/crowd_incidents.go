package samples

// crowdIncidents is what goes wrong in every crowd, once each.
var crowdIncidents = []crowdAct{
	{kind: "replay-at-second-server", tell: (*part).replaysTheTokenAtB, rules: []string{"double-hop-token-replay"}},
	{kind: "replay-after-own-challenge", tell: (*part).replaysAfterAChallenge, rules: []string{"double-hop-token-replay"}},
	{kind: "token-forwarded", tell: (*part).isForwardedByThePortal, rules: []string{"double-hop-token-forwarded"}},
	{kind: "anonymous-hop", tell: (*part).becomesNobodyBehind, rules: []string{"double-hop-anonymous"}},
	{kind: "no-credentials-hop", tell: (*part).hasNothingBehind, rules: []string{"double-hop-no-credentials"}},
	{kind: "machine-refused-hop", tell: (*part).becomesTheMachineBehind, rules: []string{"double-hop-identity-changed"}, allowed: []string{"authorization-denied"}},
	{kind: "split-over-connections", tell: (*part).isSplitOverConnections, rules: []string{"handshake-split"}, allowed: []string{"auth-not-persisted"}},
	{kind: "split-over-servers", tell: (*part).isSplitOverServers, rules: []string{"handshake-split", "server-changed-mid-handshake"}, allowed: []string{"auth-not-persisted"}},
	{kind: "stale-token", tell: (*part).resendsAStaleToken, rules: []string{"stale-token-resent"}},
	{kind: "stolen-token", tell: (*part).isRobbed, rules: []string{"token-replayed-by-other-client"}},
	{kind: "relay-changed-token", tell: (*part).isRelayedWithChanges, rules: []string{"ntlm-relay"}, allowed: []string{"mic-missing"}},
	{kind: "relay-other-requests", tell: (*part).isRelayed, rules: []string{"ntlm-relay"}},
	{kind: "bleed-by-header", tell: (*part).bleedsByHeader, rules: []string{"identity-bleed"}},
	{kind: "bleed-by-timing", tell: (*part).bleedsByTiming, rules: []string{"identity-bleed"}},
	{kind: "guessing-one-account", tell: (*part).isGuessed, rules: []string{"password-guessing"}, allowed: []string{"wrong-credentials"}},
	{kind: "guessing-spray", tell: (*part).sprays, rules: []string{"password-guessing"}, allowed: []string{"wrong-credentials"}},
	{kind: "ntlmv1", tell: (*part).answersAsOfOld, rules: []string{"ntlmv1"}},
	{kind: "proxy-auth-loop", tell: (*part).loopsAtTheGate, rules: []string{"proxy-auth-loop"}},
	{kind: "keep-alive-off", tell: (*part).meetsNoKeepAlive, rules: []string{"connection-closed-mid-handshake"}},
	{kind: "basic-in-clear", tell: (*part).sendsThePassword, rules: []string{"basic-cleartext"}},
	{kind: "mistyped", tell: (*part).mistypes, rules: []string{"wrong-credentials"}, severity: "low"},
	{kind: "mistyped-behind-a-balancer", tell: (*part).mistypesBehindABalancer, rules: []string{"wrong-credentials"}, severity: "low"},
	{kind: "mistyped-at-a-proxy", tell: (*part).mistypesAtTheGate, rules: []string{"wrong-credentials"}, severity: "low"},
}
