package http_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ntlmtrace/decode/decodetest"
	"ntlmtrace/decode/http"
)

// TestExchangesPrintNoSecrets prints an exchange in every way that a log line
// or a debugger would.
func TestExchangesPrintNoSecrets(t *testing.T) {
	const secret = "Basic YWxpY2U6c2VzYW1l"
	talk := decodetest.New().Client("GET / HTTP/1.1\r\nAuthorization: " + secret + "\r\n\r\n").
		Server("HTTP/1.1 401 No\r\nWWW-Authenticate: " + secret + "\r\n\r\n")
	x := talk.All[0]
	if got := http.Field(http.RequestHead(x), 0, "Authorization"); got != secret {
		t.Fatalf("the field is %q", got)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if s := fmt.Sprintf(format, x); strings.Contains(s, "YWxpY2U6") || strings.Contains(s, fmt.Sprintf("%x", "YWxpY2U6")) {
			t.Errorf("%s prints %s", format, s)
		}
	}
	if b, err := json.Marshal(x); err != nil || strings.Contains(string(b), "YWxpY2U6") {
		t.Errorf("JSON: %s, %v", b, err)
	}
}
