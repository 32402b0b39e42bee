package trace

import (
	"net/netip"
	"strings"

	"ntlmtrace/decode/auth"
)

// ClientAddresses is the clients that a request is asked for, as the fields
// name them, by their places in auth.ClientAddresses. An invalid address is
// none.
type ClientAddresses [len(auth.ClientAddresses)]netip.Addr

// ClientsOf returns the clients that the request of x is asked for.
func ClientsOf(x *auth.Exchange) (c ClientAddresses) {
	for i, k := range auth.ClientAddresses {
		if v := x.Mark(k); v != "" {
			c[i] = firstAddress(k, v)
		}
	}
	return c
}

// Any returns the first of the addresses, invalid if there is none.
func (c *ClientAddresses) Any() netip.Addr {
	for _, a := range c {
		if a.IsValid() {
			return a
		}
	}
	return netip.Addr{}
}

// Common returns the two addresses that the first field gives that is in both.
// Fields are not compared with others: one names the client, another the
// machine before the proxy.
func (c *ClientAddresses) Common(d *ClientAddresses) (mine, theirs netip.Addr, ok bool) {
	for i := range c {
		if c[i].IsValid() && d[i].IsValid() {
			return c[i], d[i], true
		}
	}
	return mine, theirs, false
}

// NamesClient reports whether a field of the request of x has the address a,
// at whatever place of its list.
func NamesClient(x *auth.Exchange, a netip.Addr) bool {
	for _, k := range auth.ClientAddresses {
		for part := range strings.SplitSeq(x.Mark(k), ",") {
			if part != "" && firstAddress(k, part) == a {
				return true
			}
		}
	}
	return false
}

// namesOther reports whether the request of x names clients, and a is none of
// them.
func namesOther(x *auth.Exchange, a netip.Addr) bool {
	c := ClientsOf(x)
	return c.Any().IsValid() && !NamesClient(x, a)
}

// firstAddress returns the first address of a list in a field: without port,
// brackets and quotes, and an IPv4 address as such. It is invalid for a name
// that is no address (RFC 7239 sections 6.2 and 6.3: unknown, _hidden).
func firstAddress(k auth.MarkKind, list string) netip.Addr {
	first, _, _ := strings.Cut(list, ",")
	if k == auth.Forwarded {
		first = forOf(first)
	}
	return ParseClient(first)
}

// forOf returns the value of "for" in an element of Forwarded, RFC 7239
// section 4.
func forOf(element string) string {
	for pair := range strings.SplitSeq(element, ";") {
		if name, v, ok := strings.Cut(pair, "="); ok && strings.EqualFold(strings.TrimSpace(name), "for") {
			return v
		}
	}
	return ""
}

// ParseClient returns the address that a proxy writes for a client, in any of
// the ways that are in use; invalid if it is none.
func ParseClient(s string) netip.Addr {
	s = strings.Trim(strings.TrimSpace(s), `"`)
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	if rest, ok := strings.CutPrefix(s, "["); ok {
		s, _, _ = strings.Cut(rest, "]")
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}
