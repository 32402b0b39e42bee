package term

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

const (
	// progressAfter is how long a run may take before it shows how far it is.
	progressAfter = time.Second
	// progressEvery is how many bytes are read before the clock is read again.
	progressEvery = 4 << 20
)

// Progress shows on a terminal how much of the files was read, how fast, and
// how long the rest will take. It shows nothing for work that is soon done.
type Progress struct {
	w      io.Writer // nil: there is nobody to see it
	now    func() time.Time
	start  time.Time
	total  int64 // bytes of all files; 0: unknown
	looked int64 // bytes read when the clock was read last
	bar    *progressbar.ProgressBar
}

// NewProgress shows progress on w if that is a terminal.
func NewProgress(w io.Writer) *Progress {
	p := &Progress{now: time.Now}
	if _, ok := Terminal(w); ok {
		p.w = w
	}
	return p
}

// Begin starts the clock before total bytes are read, 0 if that is not known.
func (p *Progress) Begin(total int64) { p.start, p.total = p.now(), total }

// Update shows that so many bytes were read.
func (p *Progress) Update(read int64) {
	if p.w == nil || read-p.looked < progressEvery {
		return
	}
	p.looked = read
	if p.bar == nil {
		if p.now().Sub(p.start) < progressAfter {
			return
		}
		p.bar = newBar(p.w, p.total)
	}
	p.bar.Set64(read)
}

// End removes the bar, so that the results are alone.
func (p *Progress) End() {
	if p.bar != nil {
		p.bar.Clear()
		p.bar = nil
	}
}

// newBar draws a bar for total bytes, or a spinner if that is 0.
func newBar(w io.Writer, total int64) *progressbar.ProgressBar {
	if total == 0 {
		total = -1
	}
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription("reading"),
		progressbar.OptionShowBytes(true),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}
