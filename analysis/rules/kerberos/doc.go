// Package kerberos finds why Kerberos was not used, or was refused.
//
//	trace.Index --mechanisms, SPN, offers--> rule --> trace.Finding
//
// Each file is one rule.
package kerberos
