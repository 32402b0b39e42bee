package http

import (
	"strings"

	"ntlmtrace/decode/auth"
)

// markFields are the request's fields that are marks.
var markFields = [auth.MarkKinds]string{
	auth.ForwardedFor:         "X-Forwarded-For",
	auth.Forwarded:            "Forwarded",
	auth.RealIP:               "X-Real-IP",
	auth.ClientIP:             "X-Client-IP",
	auth.TrueClientIP:         "True-Client-IP",
	auth.ConnectingIP:         "CF-Connecting-IP",
	auth.OriginalForwardedFor: "X-Original-Forwarded-For",
	auth.Via:                  "Via",
	auth.Cookie:               "Cookie",
	auth.Agent:                "User-Agent",
	auth.XRequestID:           "X-Request-Id",
	auth.RequestID:            "Request-Id",
	auth.CorrelationID:        "X-Correlation-Id",
	auth.TraceParent:          "Traceparent",
	auth.ClientRequestID:      "Client-Request-Id",
	auth.AmazonTraceID:        "X-Amzn-Trace-Id",
	auth.B3TraceID:            "X-B3-Traceid",
}

// Value implements auth.Marks. It reads the head anew for each mark: few are
// asked for, and the set of names tells most of them to be missing.
func (r *request) Value(k auth.MarkKind) string {
	switch {
	case k == auth.Path:
		return pathOf(r.x.Target.Name)
	case k == auth.ProxySupport:
		return r.proxySupport
	case k >= auth.MarkKinds || len(r.text) == 0:
		return ""
	}
	return field(r.text, r.names, markFields[k])
}

// pathOf returns the path of a request target, RFC 9112 section 3.2: of the
// origin form or the absolute form, without its query.
func pathOf(target string) string {
	if scheme, rest, ok := strings.Cut(target, "://"); ok && !strings.ContainsAny(scheme, "/?#") {
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return "/"
		}
		target = rest[slash:]
	}
	if end := strings.IndexAny(target, "?#"); end >= 0 {
		target = target[:end]
	}
	return target
}

// sessionSupport is the only value of Proxy-Support that there is, MS-NTHT
// section 2.2.3 and RFC 4559 section 6.
const sessionSupport = "Session-Based-Authentication"

// proxySupport returns the value of the field as a string.
func proxySupport(value []byte) string {
	if string(value) == sessionSupport {
		return sessionSupport
	}
	return string(value)
}

// replyKey returns the auth.Message.Key of the response of r.
func (r *request) replyKey(hd *head) uint64 {
	var d auth.Digest
	d.AddNumber(uint64(hd.status))
	d.Add(fieldBytes(r.answer, hd.names, "ETag"))
	d.Add(fieldBytes(r.answer, hd.names, "Location"))
	d.AddNumber(uint64(hd.length))
	return d.Sum()
}
