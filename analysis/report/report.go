package report

// Report is what is known at the end.
type Report struct {
	Hops     Hops
	Findings []*Finding // worst first, withdrawn ones left out
	Summary  Summary
}

// Summary counts what an analysis saw.
type Summary struct {
	Packets, Connections, Requests         int64
	Handshakes, Accepted, Denied, Findings int64
	Troubles                               Troubles // of all handshakes
	Unexplained                            Troubles // of those that no rule explains, and after which no later try went through
	NotRead                                NotRead
}

// NotRead counts what could not be seen.
type NotRead struct {
	TLSConnections   int64
	HTTP2Connections int64
	Gaps             int64
	CutPackets       int64
	Duplicates       int64
	OneSided         int64
	Evicted          int64 // connections dropped for memory
	DroppedBytes     int64
	Copies           int64 // handshakes captured twice under other addresses
	ForgottenEarly   int64 // handshakes that left the window, or were kept out of the hops, for memory
	NotDecoded       map[string]int64
}
