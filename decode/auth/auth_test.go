package auth

import "testing"

func TestTarget(t *testing.T) {
	for want, target := range map[string]Target{
		"GET /reports":     {Service: "HTTP", Verb: "GET", Name: "/reports"},
		`\\FS01\share`:     {Service: "cifs", Name: `\\FS01\share`},
		"":                 {},
		"database payroll": {Service: "MSSQLSvc", Name: "database payroll"},
	} {
		if got := target.String(); got != want {
			t.Errorf("%+v is %q, want %q", target, got, want)
		}
	}
	long := Target{Verb: "PROPFIND", Name: "/reports"}
	if got := string(long.AppendTo([]byte("a "), 4)); got != "a PROP /rep" {
		t.Errorf("cut: %q", got)
	}
}

// TestZeroIsNotAccepted holds the zero values to saying nothing good.
func TestZeroIsNotAccepted(t *testing.T) {
	var x Exchange
	if x.Result.Outcome != None || x.Result.Outcome.LoggedOn() || Unknown.LoggedOn() || More.LoggedOn() || Denied.LoggedOn() || x.Ending != Open || x.Request.Captured() {
		t.Errorf("%+v", x)
	}
	if x.Mark(Cookie) != "" || x.Position.String() != "" || Outcome(99).String() != "unknown" {
		t.Errorf("%+v", x)
	}
	for _, o := range []Outcome{Accepted, AcceptedForbidden, AcceptedError} {
		if !o.LoggedOn() {
			t.Errorf("%v is no logon", o)
		}
	}
}

func TestResultOf(t *testing.T) {
	proxy := Session{ID: 1, Proxy: true}
	x := Exchange{Result: Result{Outcome: Denied}, Results: []SessionResult{{proxy, Result{Outcome: Accepted}}}}
	for s, want := range map[Session]Outcome{{}: Denied, proxy: Accepted, {ID: 7}: None} {
		if got := x.ResultOf(s).Outcome; got != want {
			t.Errorf("%+v: %v, want %v", s, got, want)
		}
	}
}

func TestKeepKeepsParents(t *testing.T) {
	outer := new(Conn)
	x := Exchange{Conn: &Conn{Parent: outer}}
	x.Conn.Attach("state")
	x.Keep()
	x.Keep()
	if !x.Kept() || !x.Conn.Kept() || !outer.Kept() || x.Conn.Attached() != "state" || outer.Attached() != nil {
		t.Errorf("%+v in %+v", x, outer)
	}
}

func TestDigest(t *testing.T) {
	sum := func(parts ...string) uint64 {
		var d Digest
		for _, p := range parts {
			d.Add([]byte(p))
		}
		return d.Sum()
	}
	if sum("a", "b") == sum("ab", "") || sum() == 0 || DigestOf(nil) == 0 {
		t.Error("parts run together, or the digest is 0")
	}
	first, second := sum("a", "b"), DigestOf([]byte("a"))
	if again, other := sum("a", "b"), DigestOf([]byte("b")); first != again || second == other || second != DigestOf([]byte{'a'}) {
		t.Error("the digest is not one of the bytes")
	}
}
