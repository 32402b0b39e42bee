package analysis

import (
	"slices"

	"ntlmtrace/analysis/trace"
)

// displaced is an occurrence that a more specific cause of the same failure
// took the place of. If that is withdrawn, the occurrence counts again.
type displaced struct {
	row *row
	kept
}

// displace takes the occurrence about h out of a row, for a more specific one.
func (a *Analysis) displace(r *row, h *trace.Handshake) {
	a.displaced[h.ID] = append(a.displaced[h.ID], displaced{r, r.retract(h.ID)})
	a.setCause(h, 0)
	a.publish(r)
}

// retract takes the occurrence about the handshake with this id out of a row,
// and returns it as far as it was kept.
func (r *row) retract(id int64) (k kept) {
	i := slices.IndexFunc(r.kept, func(k kept) bool { return slices.Contains(k.subjects, id) })
	// An occurrence about several handshakes is taken away once.
	if i >= 0 || r.f.Count > len(r.kept) {
		r.f.Count--
	}
	if i >= 0 {
		k = r.kept[i]
		r.kept = slices.Delete(r.kept, i, i+1)
	}
	r.f.Handshakes = slices.DeleteFunc(r.f.Handshakes, func(other int64) bool { return other == id })
	r.dirty = true
	if r.f.Count <= 0 || len(r.kept) == 0 {
		r.f.Withdrawn = true
	} else {
		r.show(r.kept[0].f)
		r.grow()
	}
	return k
}

// restore makes the occurrence that was displaced last as the cause of h count
// again, unless another cause has been found meanwhile.
func (a *Analysis) restore(h *trace.Handshake) {
	list := a.displaced[h.ID]
	if len(list) == 0 || a.cause(h) != nil {
		return
	}
	d := list[len(list)-1]
	a.displaced[h.ID] = list[:len(list)-1]
	r := d.row
	r.f.Count++
	if d.f != nil {
		r.kept = append(r.kept, d.kept)
		if r.f.Withdrawn || len(r.kept) == 1 {
			r.show(d.f)
		}
	}
	r.f.Withdrawn = false
	if len(r.f.Handshakes) < trace.MaxIDs && !slices.Contains(r.f.Handshakes, h.ID) {
		r.f.Handshakes = append(r.f.Handshakes, h.ID)
	}
	a.setCause(h, int(r.f.ID))
	r.grow()
	a.publish(r)
}

// withdraw takes an occurrence back that a rule found before: f says which, as
// Index.WithdrawalOf makes it.
func (a *Analysis) withdraw(rank int, f *trace.Finding) {
	key := f.Rule.Fold(f)
	r := a.rows.Find(key.Name(rank))
	if r == nil || r.f.Withdrawn {
		return
	}
	if !f.Rule.Cause {
		for _, h := range f.About {
			r.f.Handshakes = slices.DeleteFunc(r.f.Handshakes, func(id int64) bool { return id == h.ID })
		}
		r.f.Count--
		r.f.Withdrawn = r.f.Count <= 0
		a.publish(r)
		return
	}
	taken := false
	for _, h := range subjects(f) {
		if len(f.Explains) > 0 && a.cause(h) != r {
			continue // a more specific cause has taken its place
		}
		if !taken {
			r.retract(h.ID)
			taken = true
		}
		if len(f.Explains) > 0 {
			a.setCause(h, 0)
			a.restore(h)
		}
	}
	if taken {
		a.publish(r)
	}
}

// grow lets the rule of a row say what its count makes of it.
func (r *row) grow() {
	if grow := r.f.Rule.Grow; grow != nil {
		grow(r.f)
	}
}
