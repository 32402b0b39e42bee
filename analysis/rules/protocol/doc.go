// Package protocol finds what the NTLM messages themselves show: old versions,
// a missing MIC, clocks that differ.
//
//	trace.Index --messages of a handshake--> rule --> trace.Finding
//
// Each file is one rule.
package protocol
