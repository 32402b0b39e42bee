package capturetest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Request writes an HTTP/1.1 request without a body; fields are whole lines
// such as "Accept: */*", put after Host.
func Request(method, target, host string, fields ...string) string {
	return message(method+" "+target+" HTTP/1.1", append([]string{"Host: " + host}, fields...))
}

// Response writes an HTTP/1.1 response with a body of n bytes and the
// Content-Length that a client needs to find its end. A response that has no
// body by its status, and one with n < 0, has neither.
func Response(status, n int, fields ...string) string {
	line := fmt.Sprintf("HTTP/1.1 %d %s", status, http.StatusText(status))
	if n < 0 || status == 204 || status == 304 {
		return message(line, fields)
	}
	fields = append(fields[:len(fields):len(fields)], fmt.Sprint("Content-Length: ", n))
	return message(line, fields) + Body(n)
}

// WithBody adds a body and its Content-Length to a request without one.
func WithBody(request, body string) string {
	head := strings.TrimSuffix(request, "\r\n")
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)
}

// Body makes n bytes of text that look like a page.
func Body(n int) string {
	const page = "<html><body><p>The report for this month is ready.</p></body></html>\n"
	return strings.Repeat(page, n/len(page)+1)[:max(n, 0)]
}

func message(line string, fields []string) string {
	lines := slices.Concat([]string{line}, fields, []string{"", ""})
	return strings.Join(lines, "\r\n")
}
