//go:build !windows

package live

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// Hangups returns a channel that gets each SIGHUP, and what ends that.
func Hangups() (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// IgnorePipe makes a write to a pipe without a reader an error. Without it, the
// signal ends the program, and what was found is lost.
func IgnorePipe() func() {
	signal.Ignore(syscall.SIGPIPE)
	return func() { signal.Reset(syscall.SIGPIPE) }
}

// brokenPipe reports whether a write failed because nobody reads.
func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }

// readerGone reports whether w is a pipe that nobody reads any more. A quiet
// link causes nothing to be written, so the error of writing may never come.
func readerGone(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || f != os.Stdout {
		return false // Fd would make others block
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		return false
	}
	poll := []unix.PollFd{{Fd: int32(f.Fd())}}
	n, err := unix.Poll(poll, 0)
	return err == nil && n > 0 && poll[0].Revents&unix.POLLERR != 0
}
