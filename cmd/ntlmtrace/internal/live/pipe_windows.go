package live

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/windows"
)

// Hangups returns nothing: there is no SIGHUP.
func Hangups() (<-chan os.Signal, func()) { return nil, func() {} }

// IgnorePipe has nothing to do: a write to a pipe without a reader is an error.
func IgnorePipe() func() { return func() {} }

// brokenPipe reports whether a write failed because nobody reads.
func brokenPipe(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}

// readerGone cannot be known before something is written.
func readerGone(io.Writer) bool { return false }
