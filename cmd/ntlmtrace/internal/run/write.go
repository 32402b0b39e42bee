package run

import (
	"io"
	"os"

	"ntlmtrace/cmd/ntlmtrace/internal/write"
)

// openWriter creates the file of options.Write, if the capture can be read.
func (r *Run) openWriter() error {
	o := r.options.Write
	f := r.files[0]
	if o.Name == "" || f.report.Failure != "" && !f.read {
		return nil
	}
	w, err := write.New(o, f, f.report.First, statAll(r.origins.names, r.options.Stdin), func(err error) { r.notes.Warning("%v", err) })
	if err != nil {
		f.close(r.notes)
		return err
	}
	r.writer = w
	return nil
}

// statAll returns what identifies the files called names and standard input.
func statAll(names []string, stdin io.Reader) []os.FileInfo {
	var list []os.FileInfo
	for _, name := range names {
		info, err := os.Stat(name)
		if file, ok := stdin.(*os.File); ok && isStandardInput(name) {
			info, err = file.Stat()
		}
		if err == nil {
			list = append(list, info)
		}
	}
	return list
}
