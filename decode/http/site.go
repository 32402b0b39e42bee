package http

import (
	"strings"

	"ntlmtrace/decode/auth"
)

// siteSession returns the session of the server that a request target names. In
// the absolute form, RFC 9112 section 3.2.2, that is a site behind a forward
// proxy: one connection to the proxy carries requests to several, and each of
// them has a logon of its own. In the other forms there is one server.
func siteSession(target string) auth.Session {
	if target == "" || target[0] == '/' {
		return sessions[0] // nearly all
	}
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || strings.ContainsAny(scheme, "/?#") {
		return sessions[0]
	}
	site := rest
	if end := strings.IndexAny(site, "/?#"); end >= 0 {
		site = site[:end]
	}
	site = site[strings.LastIndexByte(site, '@')+1:]
	switch { // with the port of the scheme and without it is one site
	case equalFold([]byte(scheme), "http"):
		site = strings.TrimSuffix(site, ":80")
	case equalFold([]byte(scheme), "https"):
		site = strings.TrimSuffix(site, ":443")
	}
	return auth.Session{ID: siteID(site)}
}

// siteID returns a number for the name of a site, whatever its letter case: its
// 64-bit FNV-1a hash, with the highest bit set so that it is no other session.
func siteID(site string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(site) {
		c := site[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h | 1<<63
}
