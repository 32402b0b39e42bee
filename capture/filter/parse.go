package filter

// Limits of an expression: one that a person or a script writes is far below.
const (
	maxExpr       = 128 << 10 // bytes; the longest canonical form fits
	maxPrimitives = 1000
	maxNesting    = 200 // parentheses
)

// op is what a node does with its operands.
type op uint8

const (
	opPrimitive op = iota
	opNot          // of left
	opAnd
	opOr
)

// node is a part of an expression.
type node struct {
	op          op
	left, right *node
	primitive   primitive
}

// not returns the opposite of n. Two of them cancel out.
func not(n *node) *node {
	if n.op == opNot {
		return n.left
	}
	return &node{op: opNot, left: n}
}

// qualifiers say what a bare word is: those of the primitive before it are
// taken over.
type qualifiers struct {
	kind  string // host, net, port, portrange, or "" after src and dst alone
	proto protocol
	dir   direction
	valid bool // a bare word may follow
}

// item is an operand of and, or and not, parsed.
type item struct {
	node *node
	qual qualifiers // for what follows it
	bare bool       // it began with a bare word, so nothing else may be in its parentheses
}

// parser reads an expression as the grammar of libpcap does, which has no
// precedence but that of not.
type parser struct {
	lexer
	token   token // the next one
	nesting int
	count   int // primitives
}

// parse returns the tree of an expression, nil if it is empty.
func parse(expr string) (*node, error) {
	p := &parser{lexer: lexer{expr: expr}}
	if len(expr) > maxExpr {
		return nil, p.errorAt(maxExpr, "the expression is longer than %d bytes", maxExpr)
	}
	if err := p.advance(); err != nil || p.token.kind == tokenEnd {
		return nil, err
	}
	it, err := p.sequence(qualifiers{}, false)
	if err != nil {
		return nil, err
	}
	if p.token.kind != tokenEnd {
		return nil, p.unexpected(`"and", "or" or the end`)
	}
	return it.node, nil
}

// advance goes on to the next token.
func (p *parser) advance() (err error) {
	p.token, err = p.next()
	return err
}

// errorHere makes the error that something is wrong with the next token.
func (p *parser) errorHere(format string, args ...any) error {
	return p.errorAt(p.token.at, format, args...)
}

// unexpected makes the error that something else was expected than the next
// token.
func (p *parser) unexpected(expected string) error {
	if p.token.kind == tokenWord && refused[p.token.text] {
		return p.errorHere("%s is not supported", quoted(p.token.text))
	}
	return p.errorHere("%s where %s is expected", p.token.describe(), expected)
}

// sequence parses operands with and and or between them. outer are the
// qualifiers that hold in front of it; bare says that it may have only bare
// words.
func (p *parser) sequence(outer qualifiers, bare bool) (item, error) {
	it, err := p.operand(outer, bare)
	for err == nil && (p.token.kind == tokenAnd || p.token.kind == tokenOr) {
		o := opAnd
		if p.token.kind == tokenOr {
			o = opOr
		}
		if err = p.advance(); err != nil {
			break
		}
		var right item
		if right, err = p.operand(it.qual, it.bare); err == nil {
			it.node = &node{op: o, left: it.node, right: right.node}
			it.qual = right.qual
		}
	}
	return it, err
}

// operand parses a primitive, a bare word or parentheses, with any number of
// not in front of it.
func (p *parser) operand(outer qualifiers, bare bool) (item, error) {
	negated := false
	for p.token.kind == tokenNot {
		negated = !negated
		if err := p.advance(); err != nil {
			return item{}, err
		}
	}
	it, err := p.positive(outer, bare)
	if err == nil && negated {
		it.node = not(it.node)
	}
	return it, err
}

// positive is operand without not.
func (p *parser) positive(outer qualifiers, bare bool) (item, error) {
	switch {
	case p.token.kind == tokenOpen:
		return p.parentheses(outer, bare)
	case p.token.kind != tokenWord:
		return item{}, p.unexpected(expectedOperand(outer, bare))
	case !isKeyword(p.token.text):
		if !outer.valid {
			return item{}, p.strayWord()
		}
		n, err := p.bareWord(outer)
		return item{n, outer, true}, err
	case bare:
		return item{}, p.unexpected(expectedOperand(outer, bare))
	}
	n, qual, err := p.primitive()
	return item{n, qual, false}, err
}

// expectedOperand names what may stand where an operand must.
func expectedOperand(outer qualifiers, bare bool) string {
	switch {
	case !bare:
		return `a primitive such as "tcp port 80"`
	case outer.kind == "port", outer.kind == "portrange":
		return "a " + outer.kind
	}
	return "an address"
}

// strayWord is the error for a word that nothing says the meaning of.
func (p *parser) strayWord() error {
	return p.errorHere(`%s has no qualifier in front of it: "host", "net", "port" or "portrange" is expected`, quoted(p.token.text))
}

// parentheses parses an expression in parentheses, or a list of bare words.
func (p *parser) parentheses(outer qualifiers, bare bool) (item, error) {
	p.nesting++
	defer func() { p.nesting-- }()
	if p.nesting > maxNesting {
		return item{}, p.errorHere("more than %d parentheses in each other", maxNesting)
	}
	if err := p.advance(); err != nil {
		return item{}, err
	}
	it, err := p.sequence(outer, bare)
	if err != nil {
		return item{}, err
	}
	if p.token.kind != tokenClose {
		return item{}, p.unexpected(`"and", "or" or ")"`)
	}
	it.qual = outer
	return it, p.advance()
}

// leaf makes the node of a primitive.
func (p *parser) leaf(q primitive) (*node, error) {
	if p.count++; p.count > maxPrimitives {
		return nil, p.errorHere("more than %d primitives", maxPrimitives)
	}
	return &node{primitive: q}, nil
}
