package tui

import (
	"fmt"
	"time"
)

// megabytes writes a rate of bytes a second.
func megabytes(rate float64) string { return fmt.Sprintf("%.1f MB/s", rate/1e6) }

// spanText writes how long something takes as hours, minutes and seconds.
func spanText(d time.Duration) string {
	s := int64(max(d, 0) / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
