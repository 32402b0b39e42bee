package filter

// primitive parses what a keyword begins, and gives the qualifiers that hold
// behind it.
func (p *parser) primitive() (*node, qualifiers, error) {
	first := p.token
	if proto, ok := protocolNamed(first.text); ok {
		if err := p.advance(); err != nil {
			return nil, qualifiers{}, err
		}
		if p.token.kind == tokenWord && isQualifier(p.token.text) {
			return p.qualified(proto, first)
		}
		n, err := p.leaf(primitive{kind: kindProtocol, proto: proto})
		return n, qualifiers{}, err
	}
	if isQualifier(first.text) {
		return p.qualified(anyProtocol, first)
	}
	if !keywords[first.text] {
		return nil, qualifiers{}, p.unexpected("")
	}
	if err := p.advance(); err != nil {
		return nil, qualifiers{}, err
	}
	n, err := p.counted(first.text)
	return n, qualifiers{}, err
}

// isQualifier reports whether word says what the address or port behind it is.
func isQualifier(word string) bool {
	switch word {
	case "src", "dst", "host", "net", "port", "portrange":
		return true
	}
	return false
}

// counted parses what is behind vlan, less and greater.
func (p *parser) counted(word string) (*node, error) {
	isNumber := p.token.kind == tokenWord && startsNumber(p.token.text)
	if word == "vlan" {
		id := uint32(anyVLAN)
		if isNumber {
			v, err := p.number(4095, "the id of a VLAN")
			if err != nil {
				return nil, err
			}
			id = v
		}
		return p.leaf(primitive{kind: kindVLAN, low: id})
	}
	if !isNumber {
		return nil, p.unexpected("a length in bytes")
	}
	v, err := p.number(1<<32-1, "a length in bytes")
	if err != nil {
		return nil, err
	}
	if word == "less" {
		return p.leaf(primitive{kind: kindLess, low: v})
	}
	return p.leaf(primitive{kind: kindGreater, low: v})
}

// qualified parses the rest of a primitive from src, dst, host, net, port or
// portrange on. first is the token that the primitive begins with.
func (p *parser) qualified(proto protocol, first token) (*node, qualifiers, error) {
	q := qualifiers{proto: proto, valid: true}
	var err error
	if q.dir, err = p.direction(); err != nil {
		return nil, q, err
	}
	if p.token.kind == tokenWord && isQualifier(p.token.text) && p.token.text != "src" && p.token.text != "dst" {
		q.kind = p.token.text
		if err := p.advance(); err != nil {
			return nil, q, err
		}
	}
	if !q.sensible() {
		what := "addresses"
		if q.isPort() {
			what = "ports"
		}
		return nil, q, p.errorAt(first.at, "%s cannot qualify %s", quoted(first.text), what)
	}
	it, err := p.operand(q, true)
	return it.node, q, err
}

// direction parses src, dst, and both with and or or between them.
func (p *parser) direction() (direction, error) {
	word := p.token.text
	if word != "src" && word != "dst" {
		return either, nil
	}
	dir, other := source, "dst"
	if word == "dst" {
		dir, other = destination, "src"
	}
	if err := p.advance(); err != nil {
		return dir, err
	}
	switch p.token.kind {
	case tokenOr:
		dir = either
	case tokenAnd:
		dir = both
	default:
		return dir, nil
	}
	if err := p.advance(); err != nil {
		return dir, err
	}
	if p.token.kind != tokenWord || p.token.text != other {
		return dir, p.unexpected(quoted(other))
	}
	return dir, p.advance()
}

// isPort reports whether q speaks of ports.
func (q *qualifiers) isPort() bool { return q.kind == "port" || q.kind == "portrange" }

// sensible reports whether the protocol has what q speaks of.
func (q *qualifiers) sensible() bool {
	switch q.proto {
	case anyProtocol:
		return true
	case protocolTCP, protocolUDP:
		return q.isPort()
	case protocolIP, protocolIP6, protocolARP:
		return !q.isPort()
	}
	return false
}
