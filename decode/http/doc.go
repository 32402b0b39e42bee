// Package http reads HTTP/1.0 and HTTP/1.1 by RFC 9112, on any port, and
// decides what its status codes and fields mean for a logon.
//
//	segment --feed--> a head, or a body to skip
//	                   |
//	                   v
//	request head --> request, in the queue of its conn --> Sink.Request, if it
//	                   |                                   has credentials or an
//	                   |                                   identity
//	response head --match, answer, result--> Sink.Exchange
//	                   |
//	                   +--> 2xx to CONNECT, 101: Handover
//
// Start with http.go (the life of a connection), then message.go and
// exchange.go; result.go knows the status codes.
package http
