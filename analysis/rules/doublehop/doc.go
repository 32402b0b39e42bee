// Package doublehop finds NTLM tokens and Basic credentials at a second server,
// and second hops that a front end makes with another identity or none.
//
//	trace.Index --relation of a token, what was nested in a request--> rule --> trace.Finding
//
// Each file is one rule.
package doublehop
