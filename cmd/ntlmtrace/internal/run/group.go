package run

import (
	"cmp"
	"context"
	"slices"
	"time"
)

const (
	// clockMinimum is the least offset of a clock: what is less is the way
	// between two taps.
	clockMinimum = 2 * time.Millisecond
	// neighbours is how many files before it a file is compared with: of a ring
	// buffer with a thousand files, not each with each.
	neighbours = 32
)

// group sorts files into those that are analysed together, each in the order
// of their first packets, and sets their clocks. Rules compare times over
// files: an hour between two hosts would hide that the one asked the other
// while it was asked itself. Files of which one may continue the other get one
// place.
func (r *Run) group(ctx context.Context, waiting []*file) [][]*file {
	places, groups := newPartition(len(waiting)), newPartition(len(waiting))
	switch {
	case len(waiting) < 2 || r.options.Joining == Separate:
	case r.options.Joining == Continued:
		for i := range waiting {
			places.join(0, i)
			groups.join(0, i)
		}
	default:
		r.relate(ctx, waiting, places, groups)
	}
	for i, f := range waiting {
		f.place, f.group = places.of(i), groups.of(i)
	}
	sortByTime(waiting)
	var out [][]*file
	number := map[int]int{}
	for _, f := range waiting {
		n, known := number[f.group]
		if !known {
			n = len(out)
			number[f.group] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], f)
	}
	return out
}

func sortByTime(files []*file) {
	slices.SortStableFunc(files, func(a, b *file) int { return cmp.Compare(a.report.First, b.report.First) })
}

// relate joins the files that belong together by what they hold.
func (r *Run) relate(ctx context.Context, files []*file, places, groups *partition) {
	sortByTime(files)
	profiles := make([]*profile, len(files))
	packets := max(profilePacketsLeast, min(profilePackets, profilePacketsOfAll/len(files)))
	owner := map[string]int{} // of what files share, the first that has it
	for i, f := range files {
		p := f.profile(ctx, packets, r.options.Limits)
		profiles[i] = p
		if p == nil {
			f.last = f.report.First
			continue
		}
		r.nameAliases(p)
		before := profiles[max(0, i-neighbours):i]
		r.setClock(f, p, before)
		f.last, f.whole = p.last, p.whole
		for j, other := range before {
			if other == nil {
				continue
			}
			j += i - len(before)
			c := resemble(other, p)
			if c.onePlace() {
				places.join(j, i)
			}
			if c.relation() != unrelated {
				groups.join(j, i)
			}
			if c.shared.GoOn > 0 {
				f.after = append(f.after, files[j])
			}
		}
		for _, m := range p.shareable() {
			if j, known := owner[m]; known {
				groups.join(j, i)
			} else {
				owner[m] = i
			}
		}
	}
	for i, p := range profiles {
		switch {
		case p == nil: // nothing is known of it, so nothing speaks against it
			for j := range files {
				places.join(i, j)
				groups.join(i, j)
			}
		case p.Empty():
			if j := nearest(profiles, i); j >= 0 {
				places.join(i, j)
				groups.join(i, j)
			}
		}
	}
}

// resemble compares two files, whichever begins first.
func resemble(a, b *profile) resemblance {
	if b.first < a.first {
		a, b = b, a
	}
	return a.compare(b)
}

// nearest returns the file that an empty one, such as one that holds the first
// fragment of a packet, may continue, or that continues it; -1 if there is none.
func nearest(profiles []*profile, i int) int {
	for _, j := range [...]int{i - 1, i + 1} {
		if j < 0 || j >= len(profiles) || profiles[j] == nil {
			continue
		}
		if r := profiles[min(i, j)].compare(profiles[max(i, j)]); r.sameLink && r.inTurn() {
			return j
		}
	}
	return -1
}

// shareable lists what makes files that have it belong together.
func (p *profile) shareable() []string {
	var out []string
	for _, a := range p.Addresses() {
		out = append(out, "address "+a.String())
	}
	for m, is := range p.marks {
		if is {
			out = append(out, m)
		}
	}
	return out
}

// nameAliases notes the machines that the user named by their addresses.
func (r *Run) nameAliases(p *profile) {
	machine := map[string]string{}
	for name, list := range r.options.Analysis.Aliases {
		for _, a := range list {
			machine[a] = name
		}
	}
	if len(machine) == 0 {
		return
	}
	for _, a := range p.Addresses() {
		if name, ok := machine[a.String()]; ok {
			p.marks["alias "+name] = true
		}
	}
}

// setClock sets f, whose profile is p, to the clock of the first of the files
// before it that shows the same traffic.
func (r *Run) setClock(f *file, p *profile, before []*profile) {
	for _, other := range before {
		if other == nil {
			continue
		}
		if c := resemble(other, p); !c.together() {
			continue
		}
		// The times that were noted of other are those of its own clock.
		if shift := int64(other.Shared(p.Sightings).Offset) + other.ahead; time.Duration(shift).Abs() >= clockMinimum {
			f.shift, p.ahead = shift, shift
			p.first, p.last = p.first-shift, p.last-shift
			f.report.First -= shift
			f.report.Last -= shift
			r.notes.Warning("%s: its clock is %s that of the other captures; its times are corrected", f.report.Name, aheadOf(time.Duration(shift)))
		}
		return
	}
}

func aheadOf(d time.Duration) string {
	if d < 0 {
		return d.Abs().Round(time.Millisecond).String() + " behind"
	}
	return d.Round(time.Millisecond).String() + " ahead of"
}

// partition divides the numbers below n into sets.
type partition struct{ parent []int }

// newPartition returns n sets of one number.
func newPartition(n int) *partition {
	p := &partition{make([]int, n)}
	for i := range p.parent {
		p.parent[i] = i
	}
	return p
}

// of returns the number by which the set of i is known.
func (p *partition) of(i int) int {
	for p.parent[i] != i {
		p.parent[i] = p.parent[p.parent[i]]
		i = p.parent[i]
	}
	return i
}

// join makes the sets of i and j one.
func (p *partition) join(i, j int) { p.parent[p.of(i)] = p.of(j) }
