// Package affinity finds what goes wrong where a logon is bound to a
// connection: proxies and load balancers that divide handshakes, share
// connections or close them, and clients that begin a logon and do not end it.
//
//	trace.Index --handshake, exchange, hop--> rule with a memory of its own --> trace.Finding
//
// Each file is one rule.
package affinity
