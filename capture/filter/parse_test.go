package filter

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

// canonical are expressions with their canonical form.
var canonical = []struct{ expr, want string }{
	{"", ""},
	{"  \t\n", ""},
	{"tcp", "tcp"},
	{"port 80", "port 80"},
	{"tcp port 80 or 443", "tcp port 80 or tcp port 443"},
	{"tcp src port 80", "tcp src port 80"},
	{"src or dst port 80", "port 80"},
	{"dst or src port 80", "port 80"},
	{"dst && src port 80", "src and dst port 80"},
	{"port http", "tcp port 80"},
	{"port domain or https", "port 53 or port 443"},
	{"udp port domain", "udp port 53"},
	{"port 0x50", "port 80"},
	{"portrange 5000-5100", "portrange 5000-5100"},
	{"udp portrange 5100-5000", "udp portrange 5000-5100"},
	{"portrange 80", "port 80"},
	{"host 10.9.0.10 or 10.9.0.20", "host 10.9.0.10 or host 10.9.0.20"},
	{"src 10.9.0.10 or dst 10.9.0.20 or 10.9.0.30", "src host 10.9.0.10 or dst host 10.9.0.20 or dst host 10.9.0.30"},
	{"ip host 1.2.3.4", "ip host 1.2.3.4"},
	{"ip src net 10", "ip src net 10.0.0.0/8"},
	{"net 10.1", "net 10.1.0.0/16"},
	{"host 10.1", "net 10.1.0.0/16"},
	{"net 10.1.2", "net 10.1.2.0/24"},
	{"net 0", "host 0.0.0.0"},
	{"net 0.0", "net 0.0.0.0/16"},
	{"net 10.1.2.3", "host 10.1.2.3"},
	{"net 10.0/8", "net 10.0.0.0/8"},
	{"net 0.0.0.0/0", "net 0.0.0.0/0"},
	{"net 10.1.0.0 mask 255.255.0.0", "net 10.1.0.0/16"},
	{"net 10.0.5.0 mask 255.0.255.0", "net 10.0.5.0 mask 255.0.255.0"},
	{"arp host 10.9.0.10", "arp host 10.9.0.10"},
	{"host ::1", "host ::1"},
	{"net fe80::/10", "net fe80::/10"},
	{"ip6 dst net 2001:db8::/32", "ip6 dst net 2001:db8::/32"},
	{"host ::ffff:1.2.3.4", "host ::ffff:1.2.3.4"},
	{"net ::/0", "net ::/0"},
	{"vlan", "vlan"},
	{"vlan 10 and tcp", "vlan 10 and tcp"},
	{"less 100 or greater 0x400", "less 100 or greater 1024"},
	{"!tcp&&udp||icmp", "not tcp and udp or icmp"},
	{"tcp or udp and icmp6", "tcp or udp and icmp6"},
	{"(tcp or udp) and arp", "tcp or udp and arp"},
	{"tcp or (udp and arp)", "tcp or (udp and arp)"},
	{"((tcp))", "tcp"},
	{"not not tcp", "tcp"},
	{"not (not (tcp or ip))", "tcp or ip"},
	{"not (tcp or ip)", "not (tcp or ip)"},
	{"not port 80 or 443", "not port 80 or port 443"},
	{"port not 80", "not port 80"},
	{"port (80 or not 443)", "port 80 or not port 443"},
	{"port 80 or not (443 or 88)", "port 80 or not (port 443 or port 88)"},
	{"port 80 or (port 90) or 100", "port 80 or port 90 or port 100"},
	{"port 80 or (90 or (100 and 110))", "port 80 or (port 90 or (port 100 and port 110))"},
	{"port 80 or (host 1.2.3.4 or 5.6.7.8) or 443", "port 80 or (host 1.2.3.4 or host 5.6.7.8) or port 443"},
	{"port 80 or ((port 90) or 443)", "port 80 or (port 90 or port 443)"},
}

func TestParse(t *testing.T) {
	for _, c := range canonical {
		f, err := Parse(c.expr)
		if err != nil {
			t.Errorf("%q: %v", c.expr, err)
			continue
		}
		if got := f.String(); got != c.want {
			t.Errorf("%q is %q, want %q", c.expr, got, c.want)
		}
		again, err := Parse(f.String())
		if err != nil || !reflect.DeepEqual(f, again) {
			t.Errorf("%q is another filter than %q (%v)", f, c.expr, err)
		}
	}
}

// refusals are expressions with the error that they are.
var refusals = []struct {
	expr   string
	column int
	text   string
}{
	{"tcp or ether host 1", 8, `"ether" is not supported`},
	{"tcp[13] & 2 != 0", 4, `"[" is not supported: bytes of packets cannot be compared`},
	{"gateway web", 1, `"gateway" is not supported`},
	{"ip proto 6", 4, `"proto" is not supported`},
	{"ip broadcast", 4, `"broadcast" is not supported`},
	{"len > 5", 1, `"len" is not supported`},
	{"less 5 + 5", 8, `"+" is not supported: nothing is calculated`},
	{"5 = 5", 1, `"5" has no qualifier`},
	{"tcp = 5", 5, `"=" is not supported`},
	{"tcp != 5", 5, `"!=" is not supported`},
	{"host 10.0.0.1 - 5", 15, `"-" is not supported`},
	{"mpls 5", 1, `"mpls" is not supported`},
	{"pppoes and tcp", 1, `"pppoes" is not supported`},
	{"sctp", 1, `"sctp" is not supported`},
	{"rarp", 1, `"rarp" is not supported`},
	{`host \tcp`, 6, `"\\" is not supported`},
	{"host fe80::1%eth0", 13, `"%" is not supported`},
	{"host web01", 6, `"web01" is not an address, and names are not looked up`},
	{"src web01.corp.example", 5, `"web01.corp.example" is not an address`},
	{"host", 5, "the expression ends where an address is expected"},
	{"port", 5, "the expression ends where a port is expected"},
	{"port or", 6, `"or" where a port is expected`},
	{"port tcp", 6, `"tcp" where a port is expected`},
	{"port (80 or tcp)", 13, `"tcp" where a port is expected`},
	{"port (80", 9, `the expression ends where "and", "or" or ")" is expected`},
	{"tcp and", 8, `the expression ends where a primitive such as "tcp port 80" is expected`},
	{"tcp and )", 9, `")" where a primitive`},
	{"()", 2, `")" where a primitive`},
	{"tcp udp", 5, `"udp" where "and", "or" or the end is expected`},
	{"tcp)", 4, `")" where "and", "or" or the end is expected`},
	{"web01", 1, `"web01" has no qualifier in front of it`},
	{"TCP", 1, `"TCP" has no qualifier in front of it`},
	{"80", 1, `"80" has no qualifier`},
	{"tcp 80", 5, `"80" where "and", "or" or the end is expected`},
	{"tcp or 80", 8, `"80" has no qualifier`},
	{"(port 80) or 443", 14, `"443" has no qualifier`},
	{"vlan 5 or 6", 11, `"6" has no qualifier`},
	{"port 80 or (443 or port 8080)", 20, `"port" where a port is expected`},
	{"src or port 80", 8, `"port" where "dst" is expected`},
	{"tcp host 1.2.3.4", 1, `"tcp" cannot qualify addresses`},
	{"tcp src 1.2.3.4", 1, `"tcp" cannot qualify addresses`},
	{"icmp port 5", 1, `"icmp" cannot qualify ports`},
	{"tcp and ip port 5", 9, `"ip" cannot qualify ports`},
	{"port 65536", 6, `"65536" is not a port from 0 to 65535`},
	{"port 010", 6, `"010" is not a port`},
	{"port 80x", 6, `"80x" is not a port`},
	{"port nonesuch", 6, `"nonesuch" is not the name of a port`},
	{"udp port http", 10, `port "http" is of tcp`},
	{"port 1.2", 6, `"1.2" is not a port`},
	{"portrange 5-", 11, `"5-" is not a range of ports`},
	{"portrange 5-70000", 11, `is not a range of ports`},
	{"portrange 5-6-7", 11, `is not a range of ports`},
	{"portrange http-https", 11, `is not a range of ports`},
	{"host 10", 6, `"10" is not an IPv4 address`},
	{"host 10.0.0.256", 6, `"10.0.0.256" is not an IPv4 address`},
	{"host 10.0.0.1.2", 6, `is not an IPv4 address`},
	{"host 010.0.0.1", 6, `is not an IPv4 address`},
	{"host 10.0.0.0/8", 14, `"/" is for networks: write net instead of host`},
	{"src 10.0.0.0/8", 13, `"/" is for networks`},
	{"host 10.0.0.0 mask 255.0.0.0", 15, `"mask" is for networks`},
	{"net 10/8", 5, `"10" is too short to have a mask: write 10.0`},
	{"net 10.0.0.1/8", 5, `"10.0.0.1" has bits that its mask has not`},
	{"net 10.0.0.0/33", 14, `"33" is not the length of a mask from 0 to 32`},
	{"net 10.0.0.0/", 14, `the expression ends where the length of a mask is expected`},
	{"net 10.0.0.0 mask", 18, `the expression ends where a mask is expected`},
	{"net 10.0.0.0 mask 255", 19, `"255" is not a mask such as 255.255.0.0`},
	{"net fe80::1/10", 5, `has bits that its mask has not`},
	{"net fe80::/129", 12, `from 0 to 128`},
	{"host fe80::/10", 12, `"/" is for networks`},
	{"ip host ::1", 9, `"::1" is not an IPv4 address`},
	{"ip6 host 1.2.3.4", 10, `"1.2.3.4" is not an IPv6 address`},
	{"host 12:34:56:78:9a:bc", 6, `is not an IPv6 address`},
	{"vlan 4096", 6, `"4096" is not the id of a VLAN from 0 to 4095`},
	{"less", 5, `the expression ends where a length in bytes is expected`},
	{"less many", 6, `"many" where a length in bytes is expected`},
	{"greater 4294967296", 9, `is not a length in bytes`},
	{"tcp\x1b[31m", 4, `"\x1b" is not expected here`},
	{"tcp \xff", 5, `"\xff" is not expected here`},
	{"tcp & udp", 5, `"&" is not supported`},
	{"mask 5", 1, `"mask" is not supported`},
}

func TestSyntaxErrors(t *testing.T) {
	for _, c := range refusals {
		_, err := Parse(c.expr)
		var e *SyntaxError
		switch {
		case !errors.As(err, &e):
			t.Errorf("%q: %v, want a SyntaxError", c.expr, err)
		case e.Column != c.column || !strings.Contains(e.Text, c.text) || e.Expr != c.expr:
			t.Errorf("%q: %v, want %d: %s", c.expr, e, c.column, c.text)
		}
	}
	_, err := Parse("tcp or ether host 1")
	if got, want := err.Error(), `filter: column 8: "ether" is not supported`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestLimits holds that an expression of any size ends in a filter or an error.
func TestLimits(t *testing.T) {
	deep := func(n int, open string) string { return strings.Repeat(open, n) + "tcp" + strings.Repeat(")", n) }
	for _, c := range []struct{ name, expr, text string }{
		{"nested", deep(maxNesting, "("), ""},
		{"nested too deep", deep(maxNesting+1, "("), "more than 200 parentheses"},
		{"only opened", strings.Repeat("(", maxExpr), "more than 200 parentheses"},
		{"nested nots", deep(maxNesting+1, "not ("), "more than 200 parentheses"},
		{"many nots", strings.Repeat("!", maxExpr-3) + "tcp", ""},
		{"bare words", "port " + strings.Repeat("(", maxNesting+1) + "80", "more than 200 parentheses"},
		{"too long", strings.Repeat(" ", maxExpr+1), "longer than"},
		{"primitives", "tcp" + strings.Repeat(" or udp", maxPrimitives-1), ""},
		{"too many primitives", "tcp" + strings.Repeat(" or udp", maxPrimitives), "more than 1000 primitives"},
		{"too many words", "port 1" + strings.Repeat(" or 2", maxPrimitives), "more than 1000 primitives"},
		{"long word", "host " + strings.Repeat("a", 1000), "aaa\"... is not an address"},
	} {
		f, err := Parse(c.expr)
		if c.text == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			} else if _, err := Parse(f.String()); err != nil {
				t.Errorf("%s: canonical form: %v", c.name, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v, want %s", c.name, err, c.text)
		}
	}
}

// TestLongestCanonicalForm holds that the limit of an expression is no limit
// for what String gives.
func TestLongestCanonicalForm(t *testing.T) {
	const one = "src and dst net 1111:1111:1111:1111:1111:1111:1111:1110/127"
	f, err := Parse("not " + one + strings.Repeat(" and not ("+one+" or "+one+")", maxPrimitives/2-1))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(f.String()); n > maxExpr {
		t.Errorf("%d bytes, more than %d", n, maxExpr)
	}
}
