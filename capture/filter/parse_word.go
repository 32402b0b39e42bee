package filter

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

// bareWord parses an address or a port, as q says.
func (p *parser) bareWord(q qualifiers) (*node, error) {
	at := p.token
	out := primitive{kind: kindHost, proto: q.proto, dir: q.dir}
	var err error
	switch {
	case q.kind == "port":
		out.kind = kindPort
		err = p.port(&out)
	case q.kind == "portrange":
		out.kind = kindPort
		err = p.portRange(&out)
	case strings.Contains(at.text, ":"):
		err = p.address6(&out, q.kind == "net")
	default:
		err = p.address4(&out, q.kind == "net")
	}
	if err != nil {
		return nil, err
	}
	return p.leaf(out)
}

// startsNumber reports whether word begins as a number does.
func startsNumber(word string) bool { return word[0] >= '0' && word[0] <= '9' }

// parseNumber reads a decimal number, or a hexadecimal one behind 0x. A zero in
// front, which makes a number octal for tcpdump and decimal for everybody else,
// is not accepted.
func parseNumber(word string) (uint32, bool) {
	base := 10
	if rest, ok := strings.CutPrefix(word, "0x"); ok {
		word, base = rest, 16
	} else if len(word) > 1 && word[0] == '0' {
		return 0, false
	}
	v, err := strconv.ParseUint(word, base, 32)
	return uint32(v), err == nil
}

// number parses a number up to limit.
func (p *parser) number(limit uint32, what string) (uint32, error) {
	if p.token.kind != tokenWord {
		return 0, p.unexpected(what)
	}
	v, ok := parseNumber(p.token.text)
	if !ok || v > limit {
		return 0, p.errorHere("%s is not %s from 0 to %d", p.token.describe(), what, limit)
	}
	return v, p.advance()
}

// port parses a port by its number or name.
func (p *parser) port(out *primitive) error {
	word := p.token.text
	if startsNumber(word) {
		v, err := p.number(65535, "a port")
		out.low, out.high = v, v
		return err
	}
	s, ok := services[word]
	if !ok {
		return p.errorHere("%s is not the name of a port: give its number", quoted(word))
	}
	if s.over != anyProtocol && out.proto != anyProtocol && s.over != out.proto {
		return p.errorHere("port %s is of %s", quoted(word), protocolNames[s.over])
	}
	out.low, out.high = uint32(s.port), uint32(s.port)
	if s.over != anyProtocol {
		out.proto = s.over
	}
	return p.advance()
}

// portRange parses two ports with a hyphen between them, or one. tcpdump does
// not mind which is the lower one.
func (p *parser) portRange(out *primitive) error {
	low, high, ok := strings.Cut(p.token.text, "-")
	if !ok {
		high = low
	}
	a, okLow := parseNumber(low)
	b, okHigh := parseNumber(high)
	hex := ok && (strings.HasPrefix(low, "0x") || strings.HasPrefix(high, "0x"))
	if !okLow || !okHigh || hex || max(a, b) > 65535 {
		return p.errorHere("%s is not a range of ports such as 5000-5100", quoted(p.token.text))
	}
	out.low, out.high = min(a, b), max(a, b)
	return p.advance()
}

// address4 parses an IPv4 address, or a network if net is set. Short forms name
// the network that begins so: 10.1 is 10.1.0.0/16, also behind host.
func (p *parser) address4(out *primitive, net bool) error {
	word := p.token
	addr, octets, ok := parseOctets(word.text)
	switch {
	case !ok && !startsNumber(word.text):
		return p.errorHere("%s is not an address, and names are not looked up", quoted(word.text))
	case !ok, octets == 1 && !net:
		return p.errorHere("%s is not an IPv4 address", quoted(word.text))
	case out.proto == protocolIP6:
		return p.errorHere("%s is not an IPv6 address", quoted(word.text))
	}
	if err := p.advance(); err != nil {
		return err
	}
	mask := ^uint32(0) << (32 - 8*octets)
	if addr == 0 && octets == 1 {
		mask = ^uint32(0) // "net 0" is the host 0.0.0.0
	}
	mask, err := p.mask4(word, mask, octets, net)
	if err != nil {
		return err
	}
	if addr&^mask != 0 {
		return p.errorAt(word.at, "%s has bits that its mask has not", quoted(word.text))
	}
	out.addr[0], out.mask[0] = addr, mask
	return nil
}

// mask4 parses what may be behind an IPv4 network: /LENGTH or mask ADDRESS.
// Without, it gives mask.
func (p *parser) mask4(word token, mask uint32, octets int, net bool) (uint32, error) {
	named := p.token.kind == tokenWord && p.token.text == "mask"
	if p.token.kind != tokenSlash && !named {
		return mask, nil
	}
	if !net {
		return 0, p.errorHere("%s is for networks: write net instead of host", quoted(p.token.text))
	}
	if octets == 1 {
		return 0, p.errorAt(word.at, "%s is too short to have a mask: write %s.0", quoted(word.text), word.text)
	}
	if err := p.advance(); err != nil {
		return 0, err
	}
	if !named {
		length, err := p.number(32, "the length of a mask")
		return ^uint32(0) << (32 - length), err
	}
	if p.token.kind != tokenWord {
		return 0, p.unexpected("a mask")
	}
	m, n, ok := parseOctets(p.token.text)
	if !ok || n == 1 {
		return 0, p.errorHere("%s is not a mask such as 255.255.0.0", p.token.describe())
	}
	return m, p.advance()
}

// parseOctets reads one to four decimal octets with dots between them, as the
// upper part of an address.
func parseOctets(word string) (addr uint32, octets int, ok bool) {
	for text := range strings.SplitSeq(word, ".") {
		v, ok := parseNumber(text)
		if !ok || v > 255 || octets == 4 || strings.HasPrefix(text, "0x") {
			return 0, 0, false
		}
		octets++
		addr |= v << (32 - 8*octets)
	}
	return addr, octets, true
}

// address6 parses an IPv6 address, or a network if net is set.
func (p *parser) address6(out *primitive, net bool) error {
	word := p.token
	a, err := netip.ParseAddr(word.text)
	switch {
	case err != nil:
		return p.errorHere("%s is not an IPv6 address", quoted(word.text))
	case out.proto == protocolIP, out.proto == protocolARP:
		return p.errorHere("%s is not an IPv4 address", quoted(word.text))
	}
	if err := p.advance(); err != nil {
		return err
	}
	length := uint32(128)
	if p.token.kind == tokenSlash {
		if !net {
			return p.errorHere(`"/" is for networks: write net instead of host`)
		}
		if err := p.advance(); err != nil {
			return err
		}
		if length, err = p.number(128, "the length of a mask"); err != nil {
			return err
		}
	}
	out.six = true
	b := a.As16()
	for i := range out.addr {
		out.addr[i] = binary.BigEndian.Uint32(b[4*i:])
		out.mask[i] = ^uint32(0) << (32 - min(32, max(0, int(length)-32*i)))
		if out.addr[i]&^out.mask[i] != 0 {
			return p.errorAt(word.at, "%s has bits that its mask has not", quoted(word.text))
		}
	}
	return nil
}
