package ntlm

import (
	"slices"
	"testing"
)

func TestBind(t *testing.T) {
	web01 := AVPairs{
		name(MsvAvNbDomainName, "CORP"), name(MsvAvNbComputerName, "WEB01"),
		name(MsvAvDnsDomainName, "corp.example"), name(MsvAvDnsComputerName, "web01.corp.example"),
		name(MsvAvDnsTreeName, "corp.example"),
	}
	at := func(list AVPairs, n uint64) AVPairs { return append(slices.Clone(list), stamp(n)) }
	with := func(list AVPairs, p AVPair) AVPairs {
		list = slices.Clone(list)
		i := slices.IndexFunc(list, func(x AVPair) bool { return x.ID == p.ID })
		list[i] = p
		return list
	}
	without := func(list AVPairs, id AVID) AVPairs {
		return slices.DeleteFunc(slices.Clone(list), func(x AVPair) bool { return x.ID == id })
	}
	reversed := func(list AVPairs) AVPairs {
		list = slices.Clone(list)
		slices.Reverse(list)
		return list
	}
	for _, test := range []struct {
		name           string
		answer, issued AVPairs
		want           Binding
	}{
		{"both equal", at(web01, 1), at(web01, 1), Yes},
		{"another order", reversed(at(web01, 1)), at(web01, 1), Yes},
		{"client's own pairs", append(at(web01, 1), name(MsvAvTargetName, "HTTP/web01"), AVPair{MsvAvFlags, []byte{2, 0, 0, 0}}), at(web01, 1), Yes},
		{"unknown ids differ", append(at(web01, 1), AVPair{99, []byte{1}}), append(at(web01, 1), AVPair{99, []byte{2}}), Yes},
		{"later challenge of the same machine", at(web01, 2), at(web01, 1), No},
		{"another machine at the same time", at(with(web01, name(MsvAvNbComputerName, "WEB02")), 1), at(web01, 1), No},
		{"another forest", at(with(web01, name(MsvAvDnsTreeName, "other.example")), 1), at(web01, 1), No},
		{"names compare by letter case", at(with(web01, name(MsvAvNbComputerName, "web01")), 1), at(web01, 1), No},
		{"no timestamps", web01, web01, YesMachine},
		{"timestamp in the challenge only", web01, at(web01, 1), YesMachine},
		{"timestamp in the answer only", at(web01, 1), web01, YesMachine},
		{"timestamp of the wrong length", append(slices.Clone(web01), AVPair{MsvAvTimestamp, []byte{1}}), at(web01, 1), YesMachine},
		{"names differ without timestamps", with(web01, name(MsvAvDnsComputerName, "web02.corp.example")), web01, No},
		{"answer lacks a name", without(at(web01, 1), MsvAvDnsTreeName), at(web01, 1), Yes},
		{"challenge lacks a name", at(web01, 1), without(at(web01, 1), MsvAvDnsTreeName), Yes},
		{"one common name", web01[1:2], web01, YesMachine},
		{"no common name", web01[:1], web01[1:], Unknown},
		{"no common name, same time", at(web01[:1], 1), at(web01[1:], 1), Yes},
		{"empty against a lone NUL", with(at(web01, 1), AVPair{MsvAvDnsDomainName, nil}), with(at(web01, 1), AVPair{MsvAvDnsDomainName, []byte{0, 0}}), Yes},
		{"empty against a name", with(at(web01, 1), AVPair{MsvAvDnsDomainName, nil}), at(web01, 1), No},
		{"NUL behind a name", with(at(web01, 1), name(MsvAvNbDomainName, "CORP\x00")), at(web01, 1), Yes},
		{"the first of two pairs counts", append(at(web01, 1), stamp(2)), at(web01, 1), Yes},
		{"no list in the answer", nil, at(web01, 1), Unknown},
		{"empty list in the answer", AVPairs{}, at(web01, 1), Unknown},
		{"no list in the challenge", at(web01, 1), nil, Unknown},
		{"challenge with a timestamp alone", at(web01, 1), at(nil, 2), Unknown},
		{"answer with a timestamp alone", at(nil, 1), at(web01, 1), Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Bind(&Authenticate{TargetInfo: test.answer}, &Challenge{TargetInfo: test.issued})
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestBindNeedsBothMessages(t *testing.T) {
	list := AVPairs{name(MsvAvNbComputerName, "WEB01")}
	for _, got := range []Binding{
		Bind(nil, &Challenge{TargetInfo: list}),
		Bind(&Authenticate{TargetInfo: list}, nil),
		Bind(nil, nil),
	} {
		if got != Unknown {
			t.Errorf("got %q", got)
		}
	}
}

// The time that a client puts beside the list is its own: curl does not copy
// the server's.
func TestBindIgnoresClientTime(t *testing.T) {
	list := AVPairs{name(MsvAvNbComputerName, "WEB01"), stamp(99)}
	a, err := ParseAuthenticate(build(3, 64).flags(60, NegotiateUnicode).field(ntAt, v2(av(list...))).b, 0)
	if err != nil {
		t.Fatal(err)
	}
	server, _ := list.Timestamp()
	if got := Bind(a, &Challenge{TargetInfo: list}); got != Yes || a.Time.Equal(server) {
		t.Errorf("got %q with client time %v, server time %v", got, a.Time, server)
	}
}
