package http

import (
	"testing"

	"ntlmtrace/decode/auth"
)

func TestSiteOfTarget(t *testing.T) {
	server := auth.Session{}
	for _, target := range []string{"", "/", "/a://b", "*", "web01.corp.example:443", "/reports?to=http://web02/"} {
		if got := siteSession(target); got != server {
			t.Errorf("%q is for the site %v, want the server of the connection", target, got)
		}
	}
	web01 := siteSession("http://web01.corp.example/")
	for _, target := range []string{
		"http://web01.corp.example", "HTTP://WEB01.corp.example/reports?x=1", "http://web01.corp.example:80/",
		"http://alice@web01.corp.example/", "http://web01.corp.example?x", "http://web01.corp.example#x",
	} {
		if got := siteSession(target); got != web01 {
			t.Errorf("%q is another site than http://web01.corp.example/", target)
		}
	}
	for _, target := range []string{"http://web02.corp.example/", "http://web01.corp.example:8080/", "http://web01/"} {
		if got := siteSession(target); got == web01 || got == server || got.Proxy {
			t.Errorf("%q is %v, want a site of its own", target, got)
		}
	}
}
