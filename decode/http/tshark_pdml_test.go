package http_test

import (
	"bytes"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// node is a <proto> or <field> of PDML, Wireshark's tree of a packet as XML.
type node struct {
	Name  string `xml:"name,attr"`
	Show  string `xml:"show,attr"`  // as text
	Value string `xml:"value,attr"` // the bytes, in hexadecimal
	Nodes []node `xml:",any"`
}

// authFields are the fields of HTTP that carry authentication, by their names
// in tshark.
var authFields = map[string]string{
	"http.authorization":       "Authorization",
	"http.proxy_authorization": "Proxy-Authorization",
	"http.www_authenticate":    "WWW-Authenticate",
	"http.proxy_authenticate":  "Proxy-Authenticate",
}

// tsharkFacts returns the heads of a capture that carry authentication, as
// tshark decodes them.
func tsharkFacts(t *testing.T, program, path string) []facts {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "-n", "-r", path,
		"-o", "tcp.reassemble_out_of_order:TRUE", "-d", "tcp.port==8085,http",
		"-Y", "http.authorization || http.proxy_authorization || http.www_authenticate || http.proxy_authenticate",
		"-T", "pdml", "-J", "ip ipv6 tcp http gss-api spnego ntlmssp kerberos")
	cmd.Env = append(os.Environ(), "TZ=UTC", "WIRESHARK_CONFIG_DIR="+t.TempDir())
	out, err := cmd.Output()
	// A damaged end is an error to tshark, after it has shown what was before
	// it.
	var failed *exec.ExitError
	if err != nil && (!errors.As(err, &failed) || len(out) == 0) {
		t.Fatalf("%s: %v", program, err)
	}
	var all []facts
	d := xml.NewDecoder(bytes.NewReader(printable(out)))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("output of %s: %v", program, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "packet" {
			continue
		}
		var packet node
		if err := d.DecodeElement(&packet, &start); err != nil {
			t.Fatalf("output of %s: %v", program, err)
		}
		all = append(all, packetFacts(packet)...)
	}
}

// printable replaces what XML does not allow and tshark writes all the same.
func printable(b []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\n' {
			return '?'
		}
		return r
	}, bytes.ToValidUTF8(b, []byte("\uFFFD")))
}

// packetFacts returns the heads of a packet that are in the clear.
func packetFacts(packet node) (all []facts) {
	var frame int64
	var from, to, fromPort, toPort string
	for _, proto := range packet.Nodes {
		switch proto.Name {
		case "geninfo":
			frame, _ = strconv.ParseInt(proto.first("num").Show, 10, 64)
		case "ip", "ipv6":
			from, to = proto.first(proto.Name+".src").Show, proto.first(proto.Name+".dst").Show
		case "tcp":
			fromPort, toPort = proto.first("tcp.srcport").Show, proto.first("tcp.dstport").Show
		case "tls":
			return all
		case "http":
			f := newFacts(frame, from+" "+fromPort+" > "+to+" "+toPort)
			headFacts(f, proto)
			if f.authentic() {
				all = append(all, f)
			}
		}
	}
	return all
}

// first returns the first node called name in n, at any depth.
func (n node) first(name string) node {
	found := n.all(name)
	if len(found) == 0 {
		return node{}
	}
	return found[0]
}

// all returns the nodes called name in n, at any depth, in order.
func (n node) all(name string) (found []node) {
	for _, inner := range n.Nodes {
		if inner.Name == name {
			found = append(found, inner)
		}
		found = append(found, inner.all(name)...)
	}
	return found
}

func headFacts(f facts, http node) {
	f.set("method", http.first("http.request.method").Show)
	f.set("target", http.first("http.request.uri").Show)
	f.set("status", http.first("http.response.code").Show)
	tokens := make(map[string]int)
	for _, line := range http.Nodes {
		field, ok := authFields[line.Name]
		if !ok {
			continue
		}
		if old := f.values[field]; old != "" {
			f.set(field, old+", "+strings.TrimSpace(line.Show))
		} else {
			f.set(field, strings.TrimSpace(line.Show))
		}
		if basic := line.all("http.authbasic"); len(basic) == 1 {
			user, _, _ := strings.Cut(basic[0].Show, ":")
			f.set(field+" user-id", user)
		}
		if len(line.Nodes) > 0 {
			tokenFacts(f.within(field, tokens[field]), line)
			tokens[field]++
		}
	}
}

func tokenFacts(f facts, line node) {
	for _, s := range line.all("spnego") {
		spnegoFacts(f, s)
	}
	for _, m := range line.all("ntlmssp") {
		ntlmFacts(f, m)
	}
	for _, k := range line.all("kerberos") {
		kerberosFacts(f, k)
	}
}

func spnegoFacts(f facts, s node) {
	switch {
	case len(s.all("spnego.negTokenInit_element")) > 0:
		f.set("negotiation", "init")
	case len(s.all("spnego.negTokenTarg_element")) > 0:
		f.set("negotiation", "resp")
	}
	var mechs []string
	for _, m := range s.all("spnego.MechType") {
		mechs = append(mechs, m.Show)
	}
	f.set("mechTypes", strings.Join(mechs, " "))
	f.set("negState", s.first("spnego.negResult").Show)
	f.set("supportedMech", s.first("spnego.supportedMech").Show)
	f.set("mechListMIC", present(len(s.all("spnego.mechListMIC")) > 0))
}

func kerberosFacts(f facts, k node) {
	f.set("Kerberos message", k.first("kerberos.msg_type").Show)
	f.set("realm", k.first("kerberos.realm").Show)
	f.set("name-type", k.first("kerberos.sname_element").first("kerberos.name_type").Show)
	var sname []string
	for _, part := range k.all("kerberos.SNameString") {
		sname = append(sname, part.Show)
	}
	f.set("sname", strings.Join(sname, "/"))
	f.set("ticket etype", k.first("kerberos.ticket_element").first("kerberos.etype").Show)
	f.set("kvno", k.first("kerberos.ticket_element").first("kerberos.kvno").Show)
	encrypted := k.first("kerberos.authenticator_element")
	if encrypted.Name == "" && len(k.all("kerberos.ticket_element")) == 0 {
		encrypted = k
	}
	f.set("authenticator etype", encrypted.first("kerberos.etype").Show)
	f.set("mutual-required", flagSet(k.first("kerberos.APOptions.mutual.required").Show))
	f.set("use-session-key", flagSet(k.first("kerberos.APOptions.use.session.key").Show))
	f.set("error-code", k.first("kerberos.error_code").Show)
}

func flagSet(show string) string { return present(show == "1") }

// ntlmFacts reads an NTLMSSP message. tshark shows an empty field as its
// descriptor, without anything below.
func ntlmFacts(f facts, m node) {
	f.set("message", strings.TrimPrefix(m.first("ntlmssp.messagetype").Show, "0x0000000"))
	f.set("flags", m.first("ntlmssp.negotiateflags").Show)
	if v := m.first("ntlmssp.version"); v.Name != "" {
		f.set("version", v.first("ntlmssp.version.major").Show+"."+v.first("ntlmssp.version.minor").Show+"."+
			v.first("ntlmssp.version.build_number").Show+" revision "+v.first("ntlmssp.version.ntlm_current_revision").Show)
	}
	for tshark, name := range map[string]string{
		"ntlmssp.negotiate.domain": "domain", "ntlmssp.negotiate.callingworkstation": "workstation",
		"ntlmssp.auth.domain": "domain", "ntlmssp.auth.username": "user", "ntlmssp.auth.hostname": "workstation",
		"ntlmssp.challenge.target_name": "target name",
	} {
		if v := m.first(tshark); len(v.Nodes) > 0 {
			f.set(name, v.Show)
		}
	}
	f.set("server challenge", m.first("ntlmssp.ntlmserverchallenge").Value)
	f.set("LM response", m.blob("ntlmssp.auth.lmresponse"))
	f.set("NT response", m.blob("ntlmssp.auth.ntresponse"))
	f.set("session key", present(m.blob("ntlmssp.auth.sesskey") != ""))
	switch mic := m.first("ntlmssp.authenticate.mic").Value; {
	case mic == "":
	case strings.Trim(mic, "0") == "":
		f.set("MIC", "zero")
	default:
		f.set("MIC", "present")
	}
	v2 := m.first("ntlmssp.ntlmv2_response")
	f.set("NTProofStr", v2.first("ntlmssp.ntlmv2_response.ntproofstr").Value)
	f.set("client challenge", v2.first("ntlmssp.ntlmv2_response.chal").Value)
	f.set("response time", instant(v2.first("ntlmssp.ntlmv2_response.time").Show))
	pairFacts(f, m.first("ntlmssp.challenge.target_info"), "ntlmssp.challenge.target_info.")
	pairFacts(f, v2, "ntlmssp.ntlmv2_response.")
}

// blob returns the bytes of a field that is not text.
func (n node) blob(name string) string {
	if v := n.first(name); len(v.Nodes) > 0 {
		return v.Value
	}
	return ""
}

// pairFacts reads the AV_PAIRs in list, to the end of the list.
func pairFacts(f facts, list node, prefix string) {
	n := 0
	for _, pair := range list.Nodes {
		id, err := strconv.ParseUint(pair.first(prefix+"item.type").Show, 0, 16)
		if err != nil || id == 0 {
			continue
		}
		value := hexTail(pair.Value)
		for _, name := range []string{"nb_computer_name", "nb_domain_name", "dns_computer_name", "dns_domain_name", "dns_tree_name", "target_name"} {
			if v := pair.first(prefix + name); v.Name != "" {
				value = v.Show
			}
		}
		if v := pair.first(prefix + "timestamp"); v.Name != "" {
			value = instant(v.Show)
		}
		f.set("AV_PAIR "+strconv.Itoa(n), strconv.FormatUint(id, 10)+" "+value)
		n++
	}
}

// hexTail returns the value in an AV_PAIR given in hexadecimal.
func hexTail(pair string) string {
	b, err := hex.DecodeString(pair)
	if err != nil || len(b) < 4 {
		return ""
	}
	return hex.EncodeToString(b[4:])
}

// instant brings tshark's time into the form of RFC 3339. A FILETIME whose year
// is out of reach is no clock to the decoder: python3-ntlm-auth counts from a
// wrong epoch, and is in the year 5347.
func instant(show string) string {
	t, err := time.Parse("Jan _2, 2006 15:04:05.999999999 MST", show)
	if err != nil {
		return show
	}
	if t.Year() < 1970 || t.Year() > 2261 {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
