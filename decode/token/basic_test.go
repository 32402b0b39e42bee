package token

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestParseBasic(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, test := range []struct {
		name, token68, charset string
		user, password         string
		problems               []string
	}{
		{name: "example of RFC 7617", token68: "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", user: "Aladdin", password: "open sesame"},
		{name: "example with UTF-8", token68: "dGVzdDoxMjPCow==", charset: "UTF-8", user: "test", password: "123£"},
		{name: "Latin-1", token68: encode("m\xfcller:\xa3"), user: "müller", password: "£"},
		{
			name: "Latin-1 where UTF-8 was asked for", token68: encode("m\xfcller:x"), charset: "utf-8", user: "müller", password: "x",
			problems: []string{"basic: the user-id or password is not UTF-8, which the server asked for"},
		},
		{name: "colon in the password", token68: encode("alice:a:b:"), user: "alice", password: "a:b:"},
		{name: "empty password", token68: encode("alice:"), user: "alice"},
		{name: "empty user-id", token68: encode(":secret"), password: "secret"},
		{name: "domain in the user-id", token68: encode(`CORP\alice:x`), user: `CORP\alice`, password: "x"},
		{name: "no padding", token68: "YWxpY2U6eA", user: "alice", password: "x"},
		{name: "no colon", token68: encode("alice"), user: "alice", problems: []string{"basic: there is no colon after the user-id"}},
		{
			name: "control character", token68: encode("ali\x00ce:x"), user: "ali\x00ce", password: "x",
			problems: []string{"basic: there is a control character in the user-id or password"},
		},
		{
			name: "bad base64", token68: "YWxpY2U6eHl6!!!!", user: "alice", password: "xyz",
			problems: []string{"base64: byte 12: '!' is not in the alphabet"},
		},
		{
			name: "not base64 at all", token68: "!alice",
			problems: []string{"base64: byte 0: '!' is not in the alphabet", "basic: there is no colon after the user-id"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, problems := ParseBasic(test.token68, test.charset)
			if got.User != test.user || got.Password.Reveal() != test.password {
				t.Errorf("got %q, %q, want %q, %q", got.User, got.Password.Reveal(), test.user, test.password)
			}
			if !slices.Equal(problems, test.problems) {
				t.Errorf("problems %q, want %q", problems, test.problems)
			}
		})
	}
	if got, problems := ParseBasic(" ", ""); got != nil || problems != nil {
		t.Errorf("nothing became %v, %q", got, problems)
	}
}

func TestPasswordsAreNotPrinted(t *testing.T) {
	b := &Basic{User: "alice", Password: NewPassword("s3cret")}
	inside := struct{ p Password }{b.Password}
	asJSON, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	asText, err := b.Password.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	p := b.Password
	for _, got := range []string{
		fmt.Sprint(p), fmt.Sprintf("%s %v %+v %#v %q %x %d", p, p, p, p, p, p, p), fmt.Sprintf("%v %+v %#v", b, *b, *b),
		p.String(), p.GoString(), string(asJSON), string(asText),
	} {
		if !strings.Contains(got, "[hidden]") {
			t.Errorf("%q does not say that something is hidden", got)
		}
		checkHidden(t, got)
	}
	checkHidden(t, fmt.Sprintf("%v %+v %#v", inside, inside, inside))
	if p.Reveal() != "s3cret" || (Password{}).Reveal() != "" || !reflect.DeepEqual(p, NewPassword("s3cret")) {
		t.Error("the password is lost")
	}
}

func checkHidden(t *testing.T, got string) {
	t.Helper()
	for _, leak := range []string{"s3cret", "733363726574", "115 51 99"} {
		if strings.Contains(got, leak) {
			t.Errorf("%q shows the password", got)
		}
	}
}

func TestBasicKey(t *testing.T) {
	keys := map[BasicKey]string{}
	for _, pair := range [][2]string{{"alice", "x"}, {"alice", "y"}, {"bob", "x"}, {"alice", ""}, {"", "alice"}, {"alic", "ex"}} {
		b := Basic{User: pair[0], Password: NewPassword(pair[1])}
		if other, found := keys[b.Key()]; found {
			t.Errorf("%q has the key of %s", pair, other)
		}
		if same := (&Basic{User: pair[0], Password: NewPassword(pair[1])}).Key(); same != b.Key() {
			t.Errorf("%q has two keys", pair)
		}
		keys[b.Key()] = strings.Join(pair[:], " and ")
	}
	if other, found := keys[BasicKey{}]; found {
		t.Errorf("%s has the zero key", other)
	}
}

func FuzzParseBasic(f *testing.F) {
	f.Add("alice", "a:b")
	f.Add("m\xfcller", "\x00")
	f.Fuzz(func(t *testing.T, user, password string) {
		ParseBasic(user, password)
		got, _ := ParseBasic(base64.StdEncoding.EncodeToString([]byte(user+":"+password)), "")
		want := user + ":" + password
		if text := got.User + ":" + got.Password.Reveal(); text != want && text != latin1([]byte(want)) {
			t.Fatalf("%q became %q", want, text)
		}
		if strings.Contains(got.User, ":") {
			t.Fatalf("user-id %q has a colon", got.User)
		}
	})
}
