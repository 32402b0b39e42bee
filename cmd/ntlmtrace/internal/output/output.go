// Package output lists the formats in which results are printed.
//
//	--format NAME --Named--> format.Format --Open--> format.Printer <--handshakes, findings, result
//
// A format is a package, or a file of one, beside this one, and one line in
// Formats.
package output

import (
	"strings"

	"ntlmtrace/cmd/ntlmtrace/internal/output/format"
	"ntlmtrace/cmd/ntlmtrace/internal/output/json"
	"ntlmtrace/cmd/ntlmtrace/internal/output/table"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
)

// Formats are the ways to print what was found, the default first. To add one,
// write it in a file of its own and name it here.
var Formats = []format.Format{
	table.Format,
	json.Document,
	json.Lines,
}

// Named returns a format. The error, that there is none, is one of usage.
func Named(name string) (format.Format, error) {
	for _, f := range Formats {
		if f.Name == name {
			return f, nil
		}
	}
	return format.Format{}, usage.Errorf("--format %q is not one of %s", name, strings.Join(Names(), ", "))
}

// Names returns the names of all formats.
func Names() []string {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = f.Name
	}
	return names
}
