package analysis

// Rules is everything that the program looks for. Of the rules that explain
// why a handshake failed (Cause), the more specific stands before the less
// specific: the first that fires is the one that is printed.
var Rules = []*Rule{
	ntlmRelay,
	doubleHopTokenForwarded,
	doubleHopTokenReplay,
	doubleHopAnonymous,
	doubleHopNoCredentials,
	handshakeSplit,
	serverChangedMidHandshake,
	tokenReplayedByOtherClient,
	staleTokenResent,
	tokenWithoutChallenge,
	connectionClosedMidHandshake,
	passwordGuessing,
	proxyAuthLoop,
	kerberosRefused,
	doubleHopIdentityChanged,
	authorizationDenied,
	clockSkew,
	guestOrNullSession,
	wrongCredentials,

	identityBleed,
	proxyWithoutSessionAuth,
	authNotPersisted,
	handshakeAbandoned,
	offerNotTaken,
	requestBodyResent,

	kerberosFallback,
	targetNamedByIP,
	negotiateNotOffered,
	ntlmv1,
	micMissing,

	basicCleartext,
	basicForwarded,
	passThroughProxy,
	slowStep,
	captureIncomplete,
}
