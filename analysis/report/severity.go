package report

import "fmt"

// Severity says how much a finding matters.
type Severity uint8

// The severities, from least to most.
const (
	Info Severity = iota
	Low
	Medium
	High
)

// Confidence says how sure a finding is. It goes down for every piece of
// evidence that the capture does not hold.
type Confidence uint8

// The confidences, from least to most.
const (
	Unsure Confidence = iota // printed as "low"
	Likely                   // "medium"
	Sure                     // "high"
)

var (
	severities  = [...]string{"info", "low", "medium", "high"}
	confidences = [...]string{"low", "medium", "high"}
)

// String returns the word that reports and JSON use.
func (s Severity) String() string { return severities[s] }

// String returns the word that reports and JSON use.
func (c Confidence) String() string { return confidences[c] }

// Lower takes away one level of confidence for each piece of evidence that is
// missing.
func (c Confidence) Lower(missing ...bool) Confidence {
	for _, m := range missing {
		if m && c > Unsure {
			c--
		}
	}
	return c
}

// ParseSeverity reads a severity as the command line gives it.
func ParseSeverity(s string) (Severity, error) {
	for i, w := range severities {
		if w == s {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("severity %q is not one of info, low, medium, high", s)
}
