package filter

import (
	"math/rand/v2"
	"strings"
)

// byHand are expressions that were written to find differences.
var byHand = []string{
	"", "tcp", "udp", "ip", "ip6", "icmp", "icmp6", "arp", "not tcp", "not ip", "not ip6", "not arp", "! icmp", "not (tcp or udp)",
	"host 10.9.0.10", "src host 10.9.0.10", "dst host 10.9.0.10", "src and dst host 10.9.0.20", "src or dst host 10.9.0.10",
	"ip host 10.9.0.10", "arp host 10.9.0.10", "arp src host 10.9.0.10", "arp dst net 10.9", "src 10.9.0.10", "dst 10.9.1.30",
	"host 10.9", "host 10.9.0", "net 10", "net 10.9", "net 10.9.1", "net 10.9.0.0/16", "net 10.9.0.0/23", "net 10.9.0.0 mask 255.255.0.0",
	"net 10.0.0.0 mask 255.0.255.0", "net 0.0.0.0/0", "net 0", "net 0.0.0.0/1", "src net 10.9.0.0/24", "not net 10.9.0.0/24", "net 192.0.2.0/24",
	"host 2001:db8::10", "ip6 host 2001:db8::10", "src host 2001:db8::10", "dst host 2001:db8:1::20", "net 2001:db8::/32", "net 2001:db8:1::/48",
	"src net 2001:db8:1::/48", "net fe80::/10", "net ff00::/8", "net ::/0", "ip6 net ::/0", "not net ::/0", "net 2001:db8::/33", "net 2001:db8:1::/65",
	"host ::ffff:10.9.0.10", "host ::1", "net ::/127", "not host 2001:db8::10",
	"port 80", "src port 80", "dst port 80", "src and dst port 80", "tcp port 80", "udp port 80", "tcp src port 80", "tcp dst port 443", "port 53",
	"port domain", "udp port domain", "tcp port domain", "port http", "port https", "port kerberos", "port ldap", "port 0", "port 65535",
	"portrange 80-443", "tcp portrange 5000-5100", "udp portrange 50-60", "src portrange 1024-65535", "dst portrange 0-1023", "portrange 5100-5000", "portrange 53",
	"src and dst portrange 0-1023", "not port 80", "not tcp port 80", "not portrange 0-1023", "port 257", "port not 80", "port (80 or 53)",
	"tcp port 80 or 443", "host 10.9.0.10 or 10.9.1.30", "host 10.9.0.10 and 10.9.0.20", "not port 80 or 443", "port 80 or not 443", "port 80 and not 50000",
	"host 10.9.0.10 and not port 80", "tcp and not port 80", "(port 80 or port 443) and tcp", "tcp or udp and ip6", "tcp or (udp and ip6)", "ip6 or arp and host 10.9.0.10",
	"host 10.9.0.20 and not (host 10.9.0.10 or host 10.9.1.30)", "ip6 and tcp port 80", "ip and port 80", "icmp or arp", "icmp6 or icmp", "not icmp6", "tcp and udp",
	"not (port 80 and host 10.9.0.10)", "not (not tcp)", "not not tcp", "!(tcp&&ip)||arp", "port 80 or (port 53) or 443", "port 80 or (443 or (53 and 53000))",
	"less 60", "greater 60", "less 54", "greater 1000", "not less 100", "not greater 100", "less 0", "greater 0", "greater 4294967295", "less 4294967295",
	"less 100 and tcp", "greater 100 or arp", "tcp and greater 60 and less 1100", "less 80 and not ip6",
	"src host 10.9.0.10 or dst 10.9.0.20 or 10.9.1.30", "src net 10.9 and dst net 10.9", "ip src net 10.9 and not dst port 80", "tcp src port 80 or 443 and host 10.9.0.20",
	"host not 10.9.0.10", "host (10.9.0.10 or not 10.9.0.20)", "not ip and not ip6 and not arp", "net 10.20.30.0/24 and portrange 60000-60100",
}

var (
	someHosts = strings.Fields(`10.9.0.10 10.9.0.20 10.9.1.30 10.9 10.9.0 192.0.2.1 224.0.0.22 0.0.0.0 255.255.255.255 10.20.30.40 172.16.5.4
		192.168.1.1 192.168.0.2 192.168.1 2001:db8::10 2001:db8:1::20 fe80::1 ff02::1 ::1 ::ffff:10.9.0.10`)
	someNets = strings.Fields(`10 10.9 10.9.0.0/16 10.9.0.0/24 192.168.0.0/16 192.168.1.0/24 0.0.0.0/0 128.0.0.0/1 172.16.0.0/12 192.0.2.0/31
		2001:db8::/32 2001:db8:1::/48 fe80::/10 ::/0 ff00::/8 ::/1`)
	somePorts  = strings.Fields("80 443 53 50000 88 389 445 137 123 0x50 http https domain kerberos ntp 5000 8080 0 65535 25 110 1024")
	someRanges = strings.Fields("80-443 0-1023 1024-65535 5000-5100 443-80 50-60 88")
	isSix      = func(word string) bool { return strings.Contains(word, ":") }
)

func pick(r *rand.Rand, list []string) string { return list[r.IntN(len(list))] }

// expression makes an expression of up to n primitives.
func expression(r *rand.Rand, n int) string {
	if n <= 1 {
		return primitiveText(r)
	}
	left := 1 + r.IntN(n-1)
	a, b := expression(r, left), expression(r, n-left)
	word := pick(r, []string{" and ", " or ", "&&", "||", " && ", " or "})
	switch r.IntN(5) {
	case 0:
		return a + word + "(" + b + ")"
	case 1:
		return "(" + a + ")" + word + b
	case 2:
		return "not (" + a + word + b + ")"
	case 3:
		return a + word + "not " + b
	}
	return a + word + b
}

// primitiveText makes a primitive, sometimes with bare words behind it.
func primitiveText(r *rand.Rand) string {
	dir := pick(r, []string{"", "", "", "src ", "dst ", "src and dst ", "src or dst "})
	switch r.IntN(12) {
	case 0, 1:
		return pick(r, []string{"tcp", "udp", "ip", "ip6", "icmp", "icmp6", "arp"})
	case 2:
		return pick(r, []string{"less ", "greater "}) + pick(r, []string{"60", "54", "100", "590", "1000", "1514"})
	case 3, 4:
		host := pick(r, someHosts)
		proto := ""
		if r.IntN(3) == 0 {
			proto = pick(r, []string{"ip ", "arp "})
			if isSix(host) {
				proto = "ip6 "
			}
		}
		return proto + dir + "host " + host
	case 5:
		return pick(r, []string{"src ", "dst ", "src and dst "}) + pick(r, someHosts)
	case 6, 7:
		return dir + "net " + pick(r, someNets)
	case 8:
		return pick(r, []string{"", "tcp ", "udp "}) + dir + "portrange " + pick(r, someRanges)
	case 9:
		return dir + "port " + pick(r, somePorts) + pick(r, []string{" or ", " and ", " or not "}) + pick(r, somePorts)
	}
	return dir + "port " + pick(r, somePorts)
}
