package trace

// maxShared bounds the texts that are remembered to be shared.
const maxShared = 1 << 13

// Share returns texts equal to t that stay as they are. Handshakes of one
// server, and with one outcome, get the same.
func (ix *Index) Share(t *Texts) *Texts {
	if shared := ix.shared[*t]; shared != nil {
		return shared
	}
	if ix.shared == nil || len(ix.shared) >= maxShared {
		ix.shared = map[Texts]*Texts{}
	}
	shared := new(Texts)
	*shared = *t
	ix.shared[*t] = shared
	return shared
}
