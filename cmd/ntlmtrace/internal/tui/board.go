package tui

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// What a board keeps. A screen shows a fraction of it; the final tables have
// everything.
const (
	maxBoardFindings = 1000
	maxBoardHops     = 200
	maxBoardNotes    = 100
)

// board is what the screen of a live capture knows. The capture goroutine
// writes it and the screen reads it, both for moments only: what is put on it
// is a copy, and stays as it is.
type board struct {
	now func() time.Time

	mu       sync.Mutex
	findings map[int64]*boardFinding // by id: the latest revision of each
	cut      bool                    // some were left out
	health   *watch.Health           // the latest, without the hops; nil before the first
	healthAt time.Time               // when it came
	hops     []report.Hop            // the first of them in hopOrder
	hopCount int                     // how many there are
	hopOrder int                     // index of hopOrders
	notes    []boardNote             // the last ones
	version  int64                   // goes up with each change
}

// boardFinding is a finding with what it takes to print it later.
type boardFinding struct {
	*report.Finding
	places result.Locator
	told   time.Time // when this revision became known
}

// boardNote is something that happened to the capture.
type boardNote struct {
	at   time.Time
	text string
}

// boardState is what was on a board at one moment.
type boardState struct {
	findings []*boardFinding // in no order
	cut      bool
	health   *watch.Health
	healthAt time.Time
	hops     []report.Hop
	hopCount int
	notes    []boardNote
	version  int64
}

func newBoard() *board {
	return &board{now: time.Now, findings: map[int64]*boardFinding{}}
}

// finding puts a finding on the board, or its revision in its place.
func (b *board) finding(f *report.Finding, o result.Locator) {
	row := &boardFinding{told: b.now()}
	row.Finding, row.places = pinned(f, o)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.findings[f.ID] = row
	b.version++
	if len(b.findings) >= maxBoardFindings+maxBoardFindings/4 {
		b.trim()
	}
}

// trim leaves the findings on the board that matter most. It is called once in
// a while, so that each finding costs the same.
func (b *board) trim() {
	rows := slices.SortedFunc(maps.Values(b.findings), func(x, y *boardFinding) int {
		return cmp.Or(cmp.Compare(standing(y), standing(x)), cmp.Compare(y.ID, x.ID))
	})
	for _, row := range rows[maxBoardFindings:] {
		b.cut = b.cut || !row.Withdrawn
		delete(b.findings, row.ID)
	}
}

// standing is the severity of a finding, or less if nothing is left of it.
func standing(f *boardFinding) int {
	if f.Withdrawn {
		return -1
	}
	return int(f.Severity)
}

// report puts the state of the capture on the board.
func (b *board) report(h *watch.Health) {
	b.mu.Lock()
	order := b.hopOrder
	b.mu.Unlock()
	hops := firstHops(h.Hops, hopOrders[order].compare, maxBoardHops)
	copied := *h
	copied.Hops = nil
	copied.Interfaces = slices.Clone(h.Interfaces)
	copied.Counters = slices.Clone(h.Counters)
	at := b.now()

	b.mu.Lock()
	defer b.mu.Unlock()
	b.health, b.healthAt, b.hops, b.hopCount = &copied, at, hops, len(h.Hops)
	b.version++
}

// note puts what happened on the board.
func (b *board) note(text string) {
	n := boardNote{b.now(), clip(text)}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.notes) >= maxBoardNotes {
		b.notes = slices.Clone(b.notes[1:]) // states that were returned keep theirs
	}
	b.notes = append(b.notes, n)
	b.version++
}

// sortHops sets by which of hopOrders the hops are chosen.
func (b *board) sortHops(order int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.hopOrder = order
}

// state returns what is on the board now: had, if that is the same.
func (b *board) state(had boardState) boardState {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.version == had.version {
		return had
	}
	return boardState{
		findings: slices.AppendSeq(make([]*boardFinding, 0, len(b.findings)), maps.Values(b.findings)),
		cut:      b.cut,
		health:   b.health,
		healthAt: b.healthAt,
		hops:     b.hops,
		hopCount: b.hopCount,
		notes:    b.notes,
		version:  b.version,
	}
}
