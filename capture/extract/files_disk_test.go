package extract

import (
	"errors"
	"os"
)

// disk is a file system in memory with space for so many bytes.
type disk struct {
	space int
	stuck bool // files cannot be cut
	full  bool // nothing can be created
	files map[string]*diskFile
}

// errNoSpace is what a full disk gives.
var errNoSpace = errors.New("no space left on device")

type diskFile struct {
	disk *disk
	data []byte
	at   int64
	open bool
}

func (d *disk) create(name string) (OutputFile, error) {
	if d.full {
		return nil, errNoSpace
	}
	d.remove(name)
	f := &diskFile{disk: d, open: true}
	d.files[name] = f
	return f, nil
}

func (d *disk) remove(name string) error {
	f, ok := d.files[name]
	if !ok {
		return os.ErrNotExist
	}
	d.space += len(f.data)
	delete(d.files, name)
	return nil
}

func (f *diskFile) Write(b []byte) (int, error) {
	n := min(len(b), max(0, f.disk.space))
	f.disk.space -= n
	f.data = append(f.data[:f.at], b[:n]...)
	f.at += int64(n)
	if n < len(b) {
		return n, errNoSpace
	}
	return n, nil
}

func (f *diskFile) Truncate(size int64) error {
	if f.disk.stuck {
		return os.ErrInvalid
	}
	f.disk.space += len(f.data) - int(size)
	f.data = f.data[:size]
	return nil
}

func (f *diskFile) Seek(at int64, _ int) (int64, error) { f.at = at; return at, nil }
func (f *diskFile) Close() error                        { f.open = false; return nil }

// options begins a file on d. failures collects what failed.
func (d *disk) options(o FileOptions, failures *[]error) FileOptions {
	if d.files == nil {
		d.files = map[string]*diskFile{}
	}
	o.Application, o.Create, o.Remove = "ntlmtrace", d.create, d.remove
	o.Failed = func(err error) { *failures = append(*failures, err) }
	return o
}
