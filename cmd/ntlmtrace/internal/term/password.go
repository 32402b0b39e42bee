package term

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// ErrNoTerminal is the error of a question that nobody can be asked.
var ErrNoTerminal = errors.New("not a terminal")

// Password writes question to out and reads the answer from the terminal in,
// without showing it. The error is errNoTerminal if in is none.
func Password(in io.Reader, out io.Writer, question string) (string, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", ErrNoTerminal
	}
	fmt.Fprint(out, question)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(out)
	return string(b), err
}
