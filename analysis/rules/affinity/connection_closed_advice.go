package affinity

import "ntlmtrace/decode/auth"

// announced returns in words who announced the end of a connection, and how.
func announced(e auth.Ends) string {
	switch {
	case e&auth.ClientEnds != 0 && e&auth.ServerEnds != 0:
		return "client and server announce the end of the connection (Connection: close)"
	case e&auth.ClientEnds != 0:
		return "the client itself asks for the end of the connection (Connection: close)"
	case e&auth.OldClient != 0:
		return "the client speaks HTTP/1.0 without keep-alive, which ends the connection"
	case e&auth.OldServer != 0:
		return "the server speaks HTTP/1.0 without keep-alive, which ends the connection"
	}
	return "the server announces the end of the connection"
}

// keepAlive returns what to do so that those who announced the end of a
// connection keep it.
func keepAlive(e auth.Ends) string {
	switch {
	case e&(auth.ClientEnds|auth.OldClient) != 0:
		return "Let the client keep its connections. .NET: KeepAlive = true, ConnectionClose unset; WCF: keepAliveEnabled=\"true\" on httpTransport; Node.js before 19: new http.Agent({keepAlive: true}); " +
			"Java: http.keepAlive not false; Python requests: one Session, no Connection field; ab: -k. " +
			"If it is nginx as a proxy, which asks with HTTP/1.0 and Connection: close by default: proxy_http_version 1.1; proxy_set_header Connection \"\"; and ntlm or one upstream connection for each client."
	case e&(auth.ServerEnds|auth.OldServer) != 0:
		return "Let the server, and every proxy on the way, keep connections. IIS: HTTP Response Headers, Set Common Headers, Enable HTTP keep-alive; Apache: KeepAlive On, and no nokeepalive or downgrade-1.0 for this client; " +
			"nginx: keepalive_timeout above 0; HAProxy: no option httpclose or forceclose; or a virus scanner or gateway that answers with HTTP/1.0."
	}
	return ""
}
