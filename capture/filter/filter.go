package filter

import "strings"

// Filter is a parsed expression. It may be used from several goroutines.
type Filter struct {
	root  *node  // nil: everything matches
	steps []step // see compile
}

// Parse reads an expression. What is wrong with it is a [*SyntaxError]. The
// empty expression matches every packet.
func Parse(expr string) (*Filter, error) {
	root, err := parse(expr)
	if err != nil {
		return nil, err
	}
	return &Filter{root: root, steps: compile(root)}, nil
}

// String returns the canonical form of the expression: primitives in full, no
// parentheses that can be left out. Parsed, it is the same filter.
func (f *Filter) String() string {
	var b strings.Builder
	if f.root != nil {
		f.root.write(&b)
	}
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	switch n.op {
	case opPrimitive:
		b.WriteString(n.primitive.String())
	case opNot:
		b.WriteString("not ")
		n.left.writeOperand(b)
	default:
		n.left.write(b)
		word := " and "
		if n.op == opOr {
			word = " or "
		}
		b.WriteString(word)
		n.right.writeOperand(b)
	}
}

// writeOperand writes n where and and or need parentheses.
func (n *node) writeOperand(b *strings.Builder) {
	if n.op != opAnd && n.op != opOr {
		n.write(b)
		return
	}
	b.WriteByte('(')
	n.write(b)
	b.WriteByte(')')
}

// step asks one primitive and says what to do with the answer. Where a step
// leads is always behind it.
type step struct {
	primitive
	yes, no int  // the next step, or accept or reject
	helps   bool // the answer with which more packets match: false under not
}

// The ends of the steps.
const (
	accept = -1
	reject = -2
)

// compile lays a tree out as steps: operands of and and or are asked only while
// they matter, and no packet makes anything recurse.
func compile(root *node) []step {
	if root == nil {
		return nil
	}
	c := &compiler{}
	c.count(root)
	c.steps = make([]step, c.free)
	c.place(root, accept, reject, true)
	return c.steps
}

// compiler fills steps from the end.
type compiler struct {
	steps []step
	free  int // steps in front that are not filled
}

func (c *compiler) count(n *node) {
	switch n.op {
	case opPrimitive:
		c.free++
	case opNot:
		c.count(n.left)
	default:
		c.count(n.left)
		c.count(n.right)
	}
}

// place adds n, that leads to yes or no, and gives its first step.
func (c *compiler) place(n *node, yes, no int, helps bool) int {
	switch n.op {
	case opNot:
		return c.place(n.left, no, yes, !helps)
	case opAnd:
		return c.place(n.left, c.place(n.right, yes, no, helps), no, helps)
	case opOr:
		return c.place(n.left, yes, c.place(n.right, yes, no, helps), helps)
	}
	c.free--
	c.steps[c.free] = step{n.primitive, yes, no, helps}
	return c.free
}
