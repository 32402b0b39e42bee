package decode

import (
	"ntlmtrace/decode/kerberos"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/spnego"
)

// Credentials is one Authorization or Proxy-Authorization field, RFC 9110
// sections 11.6.2 and 11.7.2.
type Credentials struct {
	Proxy  bool   // Proxy-Authorization
	Scheme string // canonical case: NTLM, Negotiate, Basic, Digest, Bearer; others as on the wire
	Token  *Token // NTLM, Negotiate
	Basic  *Basic
	User   string // Digest: username
}

// Challenge is one challenge of a WWW-Authenticate or Proxy-Authenticate field,
// RFC 9110 section 11.6.1.
type Challenge struct {
	Proxy  bool
	Scheme string
	Realm  string
	Token  *Token // nil for a bare offer
}

// Token is the decoded token68 of an NTLM or Negotiate field: at most one of
// the messages is set, with SPNEGO set besides if it was wrapped.
type Token struct {
	Negotiate    *ntlm.Negotiate
	Challenge    *ntlm.Challenge
	Authenticate *ntlm.Authenticate
	Kerberos     *kerberos.Message
	SPNEGO       *spnego.Token // without the mechanism's token, which the fields above hold decoded
	NegoEx       bool          // the mechanism's token is one of NEGOEX, MS-NEGOEX, which is not decoded
	Size         int           // bytes after base64
	Problems     []string      // what was odd, field and offset named
}

// Basic is the user-id and password of RFC 7617.
type Basic struct {
	User     string
	Password Password
}
