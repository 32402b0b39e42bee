package json

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAppendString(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", `CORP alice`, `"CORP alice"`},
		{"backslash and quote", `CORP\"alice"`, `"CORP\\\"alice\""`},
		{"controls", "\x00\x1b\n\x7f", `"\u0000\u001b\u000a\u007f"`},
		{"other scripts", "Zoë 山田", `"Zoë 山田"`},
		{"no UTF-8", "a\xffb\xc3", "\"a\ufffdb\ufffd\""},
		{"markup", "</script>&", `"</script>&"`},
		{"empty", "", `""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(appendString(nil, tt.in)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// FuzzAppendString holds that any bytes are a string that encoding/json reads
// as the same text.
func FuzzAppendString(f *testing.F) {
	f.Add("a\xff\x00\x1b\u202e\u2028\"\\</script>")
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Fatal(err)
		}
		if want := strings.Map(func(r rune) rune { return r }, s); got != want {
			t.Fatalf("%q is read as %q", s, got)
		}
	})
}
