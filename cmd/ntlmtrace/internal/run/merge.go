package run

import (
	"context"
	"math"
	"slices"
)

// readSideBySide reads several files, each in a goroutine, and gives the
// analysis what they decode in the order of capture time; at one time the tap
// that began first comes first. Which goroutine is ahead does not show.
func (r *Run) readSideBySide(ctx context.Context, waiting []*file) {
	stop := make(chan struct{})
	var feeds []*feed
	defer func() {
		close(stop)
		for _, fd := range feeds {
			fd.wait()
		}
	}()
	for r.err == nil && ctx.Err() == nil {
		fd := r.first(feeds)
		switch {
		case fd != nil && fd.ended && len(fd.events) == 0:
			fd.tap.running = false
			feeds = slices.DeleteFunc(feeds, func(other *feed) bool { return other == fd })
		case len(waiting) > 0 && (fd == nil || before(waiting[0], fd)):
			if fd := r.start(waiting[0], stop); fd != nil {
				feeds = append(feeds, fd)
			}
			waiting = waiting[1:]
		case fd == nil:
			return
		case len(fd.events) == 0:
			fd.more()
			r.progress()
		default:
			fd.events[0].do(r.analysis)
			fd.events = fd.events[1:]
		}
	}
}

// first returns the feed whose next event is the earliest, or that must be read
// before that is known.
func (r *Run) first(feeds []*feed) *feed {
	var best *feed
	least := int64(math.MaxInt64)
	for _, fd := range feeds {
		at, _ := fd.next()
		if fd.ended && len(fd.events) == 0 {
			return fd
		}
		if best == nil || at < least || at == least && fd.tap.index < best.tap.index {
			best, least = fd, at
		}
	}
	return best
}

// before reports whether f begins before all events of fd that are still to
// come.
func before(f *file, fd *feed) bool {
	at, _ := fd.next()
	return f.report.First < at
}

// start begins to read f: as the next file of a tap, or as a tap of its own.
func (r *Run) start(f *file, stop <-chan struct{}) *feed {
	t := r.begin(f)
	if t == nil {
		return nil
	}
	t.running = true
	return startFeed(t, f, r.tapes[t.index], r.notes, stop)
}
