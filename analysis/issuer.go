package analysis

import "ntlmtrace/decode/ntlm"

// issuer is a server as its CHALLENGE messages name it. There are few of them:
// all handshakes with one share it.
type issuer struct {
	names             ntlm.Names
	name, dns, domain string // MsvAvNbComputerName, MsvAvDnsComputerName, MsvAvNbDomainName
}

func (is *issuer) key() uint64 { return is.names.Key() }

// maxIssuers bounds how many are remembered to be shared.
const maxIssuers = 1 << 14

// noIssuer is that of a handshake without a CHALLENGE, to be read only.
var noIssuer issuer

// by gives who issued the CHALLENGE of h, to be read only.
func (h *handshakeState) by() *issuer {
	if h.issuer == nil {
		return &noIssuer
	}
	return h.issuer
}

// issued gives what the CHALLENGE of h says of the server.
func (h *handshakeState) issued() *ntlm.Identity {
	return &ntlm.Identity{Names: h.by().names, Time: h.issuedAt}
}

// issuer gives the one whom names stand for, which are those of the list.
func (ix *Index) issuer(names ntlm.Names, list ntlm.AVPairs) *issuer {
	key := names.Key()
	if is := ix.issuers.find(key); is != nil && is.names == names {
		return is
	}
	text := func(id ntlm.AVID) string {
		b := list.AppendText(nil, id)
		return string(b[:min(len(b), maxText)])
	}
	is := &issuer{names: names, name: text(ntlm.MsvAvNbComputerName), dns: text(ntlm.MsvAvDnsComputerName), domain: text(ntlm.MsvAvNbDomainName)}
	if ix.issuers.len() >= maxIssuers {
		ix.issuers = table[*issuer]{}
	}
	ix.issuers.set(is)
	return is
}
