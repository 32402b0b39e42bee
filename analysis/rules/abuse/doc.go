// Package abuse finds attacks and exposed credentials: relays, guessed
// passwords, passwords in clear text, anonymous and refused logons.
//
//	trace.Index --relation of a token, refusals of a client--> rule --> trace.Finding
//
// Each file is one rule.
package abuse
