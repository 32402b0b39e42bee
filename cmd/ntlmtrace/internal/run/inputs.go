package run

import (
	"io"

	"ntlmtrace/capture"
	capfile "ntlmtrace/capture/file"
)

// An Input is a kind of thing that a name on the command line can stand for.
type Input struct {
	Name  string                 // for people
	Takes func(name string) bool // whether name stands for one
	// Open begins to read it. Stdin is standard input.
	Open func(name string, stdin io.Reader, l capture.Limits) (*capfile.Source, error)
}

// Inputs are the kinds of inputs. The first that takes a name opens it.
var Inputs = []Input{
	standardInput,
	captureFile,
}

var standardInput = Input{
	Name:  "standard input",
	Takes: isStandardInput,
	Open: func(name string, stdin io.Reader, l capture.Limits) (*capfile.Source, error) {
		return capfile.NewSource(name, stdin, l)
	},
}

var captureFile = Input{
	Name:  "capture file",
	Takes: func(string) bool { return true },
	Open: func(name string, _ io.Reader, l capture.Limits) (*capfile.Source, error) {
		return capfile.Open(name, l)
	},
}

// isStandardInput reports whether name stands for standard input, which cannot
// be opened twice.
func isStandardInput(name string) bool { return name == "-" }

// openInput begins to read what name stands for.
func openInput(name string, stdin io.Reader, l capture.Limits) (*capfile.Source, error) {
	for _, i := range Inputs {
		if i.Takes(name) {
			return i.Open(name, stdin, l)
		}
	}
	panic("no input takes " + name) // the last one takes all
}
