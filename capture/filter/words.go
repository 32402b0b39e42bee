package filter

import "strings"

// protocol qualifies a primitive, or is one.
type protocol uint8

const (
	anyProtocol protocol = iota
	protocolIP
	protocolIP6
	protocolTCP
	protocolUDP
	protocolICMP
	protocolICMP6
	protocolARP
)

var protocolNames = [...]string{"", "ip", "ip6", "tcp", "udp", "icmp", "icmp6", "arp"}

// protocolNamed returns the protocol that a word names.
func protocolNamed(word string) (protocol, bool) {
	for p, name := range protocolNames {
		if name == word && word != "" {
			return protocol(p), true
		}
	}
	return anyProtocol, false
}

// keywords begin a primitive, beside the protocols.
var keywords = wordSet("src dst host net port portrange vlan less greater")

// refused are the words of pcap-filter that are not supported.
var refused = wordSet(`
	link ether ppp slip fddi tr wlan rarp sctp igmp igrp pim vrrp carp radio
	atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is l1 l2 iih
	lsp snp csnp psnp clnp esp ah stp ipx netbeui
	gateway proto protochain addr1 addr2 addr3 addr4 ra ta address1 address2 address3 address4
	type subtype dir direction byte broadcast multicast len length inbound
	outbound ifindex ifname on rset ruleset rnr rulenum srnr subrulenum reason action
	mpls pppoed pppoes geneve vxlan lane llc vpi vci metac bcc sc ilmic oam oamf4 oamf4ec
	oamf4sc connectmsg metaconnect fisu lssu lsu msu hfisu hlssu hmsu sio opc
	dpc sls hsio hopc hdpc hsls icmptype icmpcode icmp6type icmp6code tcpflags mask`)

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}

// isKeyword reports whether word has a meaning of its own, so that it is
// no address and no port.
func isKeyword(word string) bool {
	_, ok := protocolNamed(word)
	return ok || keywords[word] || refused[word]
}

// service is a port with a name.
type service struct {
	port uint32
	over protocol // the transport protocol that has the name; anyProtocol if several have
}

// services are the names of ports that may be used, as Debian's /etc/services
// has them: where a name is known for one protocol only, tcpdump looks for that
// one only.
var services = map[string]service{
	"ftp-data": {20, protocolTCP}, "ftp": {21, protocolTCP}, "ssh": {22, protocolTCP}, "telnet": {23, protocolTCP},
	"smtp": {25, protocolTCP}, "domain": {53, anyProtocol}, "bootps": {67, protocolUDP}, "bootpc": {68, protocolUDP},
	"tftp": {69, protocolUDP}, "http": {80, protocolTCP}, "www": {80, protocolTCP}, "kerberos": {88, anyProtocol},
	"pop3": {110, protocolTCP}, "sunrpc": {111, anyProtocol}, "ntp": {123, protocolUDP}, "epmap": {135, protocolTCP},
	"netbios-ns": {137, protocolUDP}, "netbios-dgm": {138, protocolUDP}, "netbios-ssn": {139, protocolTCP},
	"imap": {143, protocolTCP}, "imap2": {143, protocolTCP}, "snmp": {161, anyProtocol}, "ldap": {389, anyProtocol},
	"https": {443, anyProtocol}, "microsoft-ds": {445, protocolTCP}, "kpasswd": {464, anyProtocol},
	"submissions": {465, protocolTCP}, "syslog": {514, protocolUDP}, "submission": {587, protocolTCP},
	"ldaps": {636, anyProtocol}, "imaps": {993, protocolTCP}, "pop3s": {995, protocolTCP}, "socks": {1080, protocolTCP},
	"ms-sql-s": {1433, protocolTCP}, "radius": {1812, anyProtocol}, "nfs": {2049, anyProtocol}, "mysql": {3306, protocolTCP},
	"ms-wbt-server": {3389, protocolTCP}, "sip": {5060, anyProtocol}, "postgresql": {5432, protocolTCP},
	"http-alt": {8080, protocolTCP}, "webcache": {8080, protocolTCP},
}
