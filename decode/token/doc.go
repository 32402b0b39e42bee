// Package token decodes what the carriers of NTLM, Negotiate and Basic carry:
// the token as text or bytes, and in it the messages of packages ntlm, spnego
// and kerberos. It knows no carrier.
//
//	text --base64--> bytes --first bytes--> SPNEGO --mechanism's token--> NTLM, Kerberos, NEGOEX
//	                           |                                             ^
//	                           +------------------- bare --------------------+
package token
