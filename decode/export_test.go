package decode

// MidstreamBudget is midstreamBudget.
const MidstreamBudget = midstreamBudget

// Held returns how many connections are undecided, and how many have others
// inside them.
func (d *Decoder) Held() (undecided, chains int) {
	return int(d.undecided.Used()) - d.undecided.Free(), int(d.chains.Used()) - d.chains.Free()
}
