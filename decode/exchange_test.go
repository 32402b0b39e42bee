package decode

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestExchangesPrintNoSecrets prints an exchange in every way that a log line
// or a debugger would.
func TestExchangesPrintNoSecrets(t *testing.T) {
	const secret = "Basic YWxpY2U6c2VzYW1l"
	x := &Exchange{
		Request:  Request{Method: "GET", Target: "/", Head: []byte("GET / HTTP/1.1\r\nAuthorization: " + secret + "\r\n\r\n")},
		Response: Response{Status: 401, Head: []byte("HTTP/1.1 401 No\r\nWWW-Authenticate: " + secret + "\r\n\r\n")},
	}
	if got := x.Request.Field("Authorization"); got != secret {
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
