// Package report holds what an analysis found, as every format sees it:
// handshakes, hops, findings, counts. It is data only: it knows neither the
// analysis that fills it nor the formats that write it, and each value owns its
// memory.
//
//	analysis --Handshake, Finding, as they become known--> output
//	         --Report, at the end------------------------>
package report
