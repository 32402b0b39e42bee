// Command ntlmtrace reads packet captures and reports what goes wrong with
// NTLM, Negotiate and Basic authentication in HTTP, with the frames that prove
// it.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"ntlmtrace/cmd/ntlmtrace/internal/notes"
)

func main() {
	delayCollection()
	os.Exit(command(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// command is the whole program. It returns the exit status.
func command(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first Ctrl-C, or SIGTERM, ends the reading, a second one the program:
	// reading may be waiting for a pipe in which nothing comes.
	context.AfterFunc(ctx, stop)

	n := notes.To(stderr)
	root := newRoot(n)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	c, err := root.ExecuteContextC(ctx)
	reportError(n, c.CommandPath(), err)
	return exitStatus(err)
}
