package extract

import (
	"io"

	"ntlmtrace/capture/file"
)

// isReady reports whether there is a file to write to. It ends a pause
// that was long enough.
func (f *Files) isReady() bool {
	if f.paused && f.now-f.failed < retryAfter {
		return false
	}
	f.paused = false
	if f.file != nil {
		return true
	}
	if f.unusable {
		return false
	}
	if err := f.beginFile(); err != nil {
		f.pause(err)
		return false
	}
	return true
}

// pause writes nothing for a while, because of err.
func (f *Files) pause(err error) {
	f.paused, f.failed = true, f.now
	f.reportOnce(err)
}

// flush writes what waits.
func (f *Files) flush() {
	f.flushed = f.now
	n, err := f.file.Write(f.buf)
	if err == nil && n < len(f.buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		f.salvage(n, err)
		return
	}
	f.wrote(n, f.pending)
	f.known = f.encoder.Interfaces()
	f.buf, f.pending = f.buf[:0], 0
}

// wrote counts what is in the file.
func (f *Files) wrote(size int, packets int64) {
	f.size += int64(size)
	f.stats.Bytes += int64(size)
	f.stats.Packets += packets
}

// salvage makes the file whole again after only n bytes of what waited were
// written. The rest is lost.
func (f *Files) salvage(n int, err error) {
	size, packets, interfaces := file.WholeBlocks(f.buf[:n])
	f.wrote(size, int64(packets))
	f.stats.Lost += f.pending - int64(packets)
	f.known += interfaces
	f.encoder.Forget(f.known)
	f.buf, f.pending = f.buf[:0], 0
	f.pause(err)
	if n > size && f.cutBack() != nil {
		f.closeFile()
		f.unusable = f.o.Count <= 1 // beginning it anew would lose what is in it
	} else if f.size == 0 {
		f.beginSection()
	}
}

// cutBack takes the bytes behind the last whole block off the file.
func (f *Files) cutBack() error {
	if err := f.file.Truncate(f.size); err != nil {
		return err
	}
	_, err := f.file.Seek(f.size, io.SeekStart)
	return err
}
