package words

import (
	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
)

// SeverityStyles are the colours of severities.
var SeverityStyles = [...]string{
	report.Info:   "\x1b[2m",
	report.Low:    "\x1b[36m",
	report.Medium: "\x1b[33m",
	report.High:   "\x1b[1;31m",
}

// Severity colours text, which belongs to something of severity v.
func Severity(l term.Look, v report.Severity, text string) string {
	if !l.Fancy {
		return text
	}
	return SeverityStyles[v] + text + term.StyleOff
}
