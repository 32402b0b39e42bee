package auth

// MarkKind names something in a request or response by which exchanges of one
// user or one request are told from others.
type MarkKind uint8

// The kinds of marks. Each value is as sent; several fields of one name are
// joined by ", ".
const (
	ForwardedFor         MarkKind = iota // X-Forwarded-For
	Forwarded                            // Forwarded, RFC 7239
	RealIP                               // X-Real-IP
	ClientIP                             // X-Client-IP
	TrueClientIP                         // True-Client-IP
	ConnectingIP                         // CF-Connecting-IP
	OriginalForwardedFor                 // X-Original-Forwarded-For
	Via                                  // Via, RFC 9110 section 7.6.3
	Cookie
	Agent        // User-Agent
	Path         // of the request target: without scheme, authority, query and fragment
	ProxySupport // of the response: Proxy-Support, MS-NTHT section 2.2.3

	// Numbers of requests, which front ends pass on. See RequestIDs.
	XRequestID
	RequestID
	CorrelationID // X-Correlation-Id
	TraceParent   // W3C Trace Context
	ClientRequestID
	AmazonTraceID // X-Amzn-Trace-Id
	B3TraceID     // X-B3-TraceId

	MarkKinds // how many kinds there are
)

// RequestIDs are the kinds that number requests, the most usual first.
var RequestIDs = [...]MarkKind{XRequestID, RequestID, CorrelationID, TraceParent, ClientRequestID, AmazonTraceID, B3TraceID}

// ClientAddresses are the kinds by which a front end names the client that it
// asks for.
var ClientAddresses = [...]MarkKind{ForwardedFor, Forwarded, RealIP, ClientIP, TrueClientIP, ConnectingIP, OriginalForwardedFor}

// Forwards reports whether the request of x says that it is asked for another
// client.
func (x *Exchange) Forwards() bool {
	for _, k := range ClientAddresses {
		if x.Mark(k) != "" {
			return true
		}
	}
	return x.Mark(Via) != ""
}

// Marks finds the marks of an exchange. It is good as long as the exchange.
type Marks interface {
	Value(MarkKind) string // "" if there is none
}

// MarkList is a plain list of marks, for sources without packets.
type MarkList []Mark

// Mark is one of them.
type Mark struct {
	Kind  MarkKind
	Value string
}

// Value implements Marks.
func (l MarkList) Value(k MarkKind) string {
	for _, m := range l {
		if m.Kind == k {
			return m.Value
		}
	}
	return ""
}
