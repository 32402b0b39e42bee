package filter

import "golang.org/x/net/bpf"

// maxProgram is how many instructions a kernel takes: BPF_MAXINSNS of Linux.
const maxProgram = 4096

// maxSkip is how far a jump with a test goes, from itself: it skips up to 255.
const maxSkip = 256

// label is a place in a program that is not known yet. Jumps only go forward.
type label int

// entry is an instruction, or a jump to labels where jump is set.
type entry struct {
	instruction bpf.Instruction
	jump        bool
	always      bool // to yes, without a test
	test        bpf.JumpTest
	value       uint32
	withX       bool // compare with X instead of value
	yes, no     label

	farYes, farNo bool // the label is too far away for the jump itself
}

// size is how many instructions entry i becomes.
func (a *assembler) size(i int) int {
	e := &a.code[i]
	n := 1
	if e.farYes {
		n++
	}
	if e.farNo {
		n++
	}
	if e.always && a.marks[e.yes] == i+1 {
		n = 0
	}
	return n
}

// assembler puts a program together whose jumps go to labels.
type assembler struct {
	code  []entry
	marks []int // for each label, the entry that it is in front of
}

// label makes a new label.
func (a *assembler) label() label {
	a.marks = append(a.marks, -1)
	return label(len(a.marks) - 1)
}

// mark puts a label here.
func (a *assembler) mark(l label) { a.marks[l] = len(a.code) }

// emit adds an instruction.
func (a *assembler) emit(i bpf.Instruction) { a.code = append(a.code, entry{instruction: i}) }

// branch adds a jump to yes if the accumulator passes the test, else to no.
func (a *assembler) branch(t bpf.JumpTest, value uint32, yes, no label) {
	a.code = append(a.code, entry{jump: true, test: t, value: value, yes: yes, no: no})
}

// branchX is branch that compares with X.
func (a *assembler) branchX(t bpf.JumpTest, yes, no label) {
	a.code = append(a.code, entry{jump: true, test: t, withX: true, yes: yes, no: no})
}

// goTo goes to a label in any case.
func (a *assembler) goTo(to label) {
	a.code = append(a.code, entry{jump: true, always: true, yes: to, no: to})
}

// when goes to yes if the accumulator passes the test, and on if not.
func (a *assembler) when(t bpf.JumpTest, value uint32, yes label) {
	next := a.label()
	a.branch(t, value, yes, next)
	a.mark(next)
}

// whenAny goes to yes if the accumulator is one of values, and on if not.
func (a *assembler) whenAny(values []uint32, yes label) {
	for _, v := range values {
		a.when(bpf.JumpEqual, v, yes)
	}
}

// program lays the entries out. A jump with a test
// that is too far goes by way of one without.
func (a *assembler) program() ([]bpf.RawInstruction, bool) {
	at := make([]int, len(a.code)+1)
	for again := true; again; {
		again = false
		for i := range a.code {
			at[i+1] = at[i] + a.size(i)
		}
		if at[len(a.code)] > maxProgram {
			return nil, false
		}
		for i := range a.code {
			e := &a.code[i]
			if !e.jump || e.always {
				continue
			}
			if !e.farYes && at[a.marks[e.yes]]-at[i] > maxSkip {
				e.farYes, again = true, true
			}
			if !e.farNo && at[a.marks[e.no]]-at[i] > maxSkip {
				e.farNo, again = true, true
			}
		}
	}
	out := make([]bpf.Instruction, 0, at[len(a.code)])
	for i := range a.code {
		e := &a.code[i]
		yes, no := 0, 0
		if e.jump {
			yes, no = at[a.marks[e.yes]], at[a.marks[e.no]]
		}
		out = e.layOut(out, at[i], yes, no)
	}
	raw, err := bpf.Assemble(out)
	return raw, err == nil
}

// layOut appends the instructions of e, which begins at, to out.
func (e *entry) layOut(out []bpf.Instruction, at, yes, no int) []bpf.Instruction {
	switch {
	case !e.jump:
		return append(out, e.instruction)
	case e.always && yes == at:
		return out
	case e.always:
		return append(out, bpf.Jump{Skip: uint32(yes - at - 1)})
	}
	skipYes, skipNo, size := yes-at-1, no-at-1, 1
	if e.farYes {
		skipYes, size = size-1, size+1
	}
	if e.farNo {
		skipNo, size = size-1, size+1
	}
	out = append(out, e.conditional(skipYes, skipNo))
	if e.farYes {
		out = append(out, bpf.Jump{Skip: uint32(yes - at - 2)})
	}
	if e.farNo {
		out = append(out, bpf.Jump{Skip: uint32(no - at - size)})
	}
	return out
}

func (e *entry) conditional(yes, no int) bpf.Instruction {
	if e.withX {
		return bpf.JumpIfX{Cond: e.test, SkipTrue: uint8(yes), SkipFalse: uint8(no)}
	}
	return bpf.JumpIf{Cond: e.test, Val: e.value, SkipTrue: uint8(yes), SkipFalse: uint8(no)}
}
