package tcp

// advanceConns is how many connections one call of Advance looks at.
const advanceConns = 1024

// Advance says that capture time has come to t, nanoseconds since 1970, and no
// packet has come: holes that have waited long enough are given up, and idle
// connections end. A file needs no such call: there, packets tell the time.
func (a *Assembler) Advance(t int64) {
	if t <= a.now.Time {
		return
	}
	a.now.Time = t
	for range min(advanceConns, len(a.backlogs)-1) {
		a.tidyBacklog()
	}
	for range min(advanceConns, a.conns.fresh-1) {
		a.tidyConn()
	}
}
