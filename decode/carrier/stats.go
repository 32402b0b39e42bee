package carrier

// Stats counts what a Decoder met. What it could not read is counted too:
// silence must never look like health.
type Stats struct {
	HTTPConnections  int64 // TCP connections that begin as HTTP/1; what is inside a tunnel does not count again
	TLSConnections   int64 // connections, or tunnels in one, that are encrypted
	HTTP2Connections int64 // connections that speak HTTP/2 in the clear, from the start or by upgrade
	OtherConnections int64 // TCP connections of no carrier
	OneSided         int64 // HTTP connections of which only one direction was captured

	Requests  int64 // request heads
	Responses int64 // response heads, interim ones (1xx) included

	Incomplete   int64 // places where a message was cut, or bytes were passed over to find the next one
	HeadsTooLong int64 // heads above Limits.Head
	Unanswered   int64 // requests given up because too many waited for an answer

	TooDeep          int64 // handovers beyond MaxDepth
	UnknownDatagrams int64 // UDP datagrams of no carrier
}

// Limits bounds what a Decoder holds of one connection. A zero field stands
// for its default.
type Limits struct {
	Head    int // bytes of a message head; 64 KiB, and not below 32 KiB
	Pending int // requests without an answer; 128
}

// WithDefaults returns l with its defaults in place of zero fields.
func (l Limits) WithDefaults() Limits {
	if l.Head <= 0 {
		l.Head = 64 << 10
	}
	l.Head = max(l.Head, 32<<10)
	if l.Pending <= 0 {
		l.Pending = 128
	}
	return l
}
