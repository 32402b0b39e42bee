package trace

import (
	"ntlmtrace/analysis/internal/table"
	"ntlmtrace/decode/ntlm"
)

// Issuer is a server as its CHALLENGE messages name it. There are few of them:
// all handshakes with one share it.
type Issuer struct {
	Names             ntlm.Names
	Name, dns, domain string // MsvAvNbComputerName, MsvAvDnsComputerName, MsvAvNbDomainName
}

// Key implements table.Keyed.
func (is *Issuer) Key() uint64 { return is.Names.Key() }

// maxIssuers bounds how many are remembered to be shared.
const maxIssuers = 1 << 14

// noIssuer is the issuer of a handshake without a CHALLENGE, to be read only.
var noIssuer Issuer

// issuedBy returns the issuer of the CHALLENGE of h, to be read only; never
// nil.
func (h *Handshake) issuedBy() *Issuer {
	if h.Issuer == nil {
		return &noIssuer
	}
	return h.Issuer
}

// Issued returns what the CHALLENGE of h tells about the server.
func (h *Handshake) Issued() *ntlm.Identity {
	return &ntlm.Identity{Names: h.issuedBy().Names, Time: h.IssuedAt}
}

// Issuer returns the issuer with these names, which list holds; new if need be.
func (ix *Index) Issuer(names ntlm.Names, list ntlm.AVPairs) *Issuer {
	key := names.Key()
	if is := ix.issuers.Find(key); is != nil && is.Names == names {
		return is
	}
	text := func(id ntlm.AVID) string {
		b := list.AppendText(nil, id)
		return string(b[:min(len(b), MaxText)])
	}
	is := &Issuer{Names: names, Name: text(ntlm.MsvAvNbComputerName), dns: text(ntlm.MsvAvDnsComputerName), domain: text(ntlm.MsvAvNbDomainName)}
	if ix.issuers.Len() >= maxIssuers {
		ix.issuers = table.Table[*Issuer]{}
	}
	ix.issuers.Set(is)
	return is
}
