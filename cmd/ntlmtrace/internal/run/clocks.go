package run

import (
	"context"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/clock"
)

// Clocks of captures are compared by the packets at their beginning.
const (
	clockPackets = 50_000               // of each file
	clockMinimum = 2 * time.Millisecond // an offset below is the way between two taps
)

// setClocks estimates how far the clock of each file is from that of the first
// one, by the packets that both hold, and sets the files to the clock of the
// first. Rules compare times over files: an hour between two hosts would hide
// that the one asked the other while it was asked itself.
func (r *Run) setClocks(ctx context.Context, waiting []*file) {
	if len(waiting) < 2 {
		return
	}
	known := []*clock.Sightings{}
	shifts := []int64{}
	for _, f := range waiting {
		s, ok := f.sightings(ctx, r.options.Limits)
		if !ok {
			continue
		}
		for i, other := range known {
			off, shared := other.Offset(s)
			if !shared {
				continue
			}
			if shift := int64(off) + shifts[i]; time.Duration(shift).Abs() >= clockMinimum {
				f.shift = shift
				r.notes.Warning("%s: its clock is %s that of the other captures; its times are corrected", f.report.Name, aheadOf(time.Duration(shift)))
			}
			break
		}
		known, shifts = append(known, s), append(shifts, f.shift)
		f.report.First -= f.shift
		f.report.Last -= f.shift
	}
}

func aheadOf(d time.Duration) string {
	if d < 0 {
		return d.Abs().Round(time.Millisecond).String() + " behind"
	}
	return d.Round(time.Millisecond).String() + " ahead of"
}

// sightings reads the beginning of a file that can be opened again, until ctx
// ends.
func (f *file) sightings(ctx context.Context, l capture.Limits) (*clock.Sightings, bool) {
	if f.source != nil {
		return nil, false // it cannot be read twice
	}
	src, err := openInput(f.report.Name, nil, l)
	if err != nil {
		return nil, false
	}
	defer src.Close()
	s := clock.NewSightings()
	var p capture.Packet
	for n := range clockPackets {
		if n%checkEvery == 0 && ctx.Err() != nil || src.Next(&p) != nil {
			break
		}
		s.Add(&p)
	}
	return s, true
}
