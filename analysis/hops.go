package analysis

import "net/netip"

// hopBetween gives the hop from client to server, new if need be.
func (ix *Index) hopBetween(client netip.Addr, server netip.AddrPort) *hopState {
	return ix.hop(ix.machines.host(client), ix.machines.host(server.Addr()), server.Port())
}

// hopKeyOf gives the key of a hop: the numbers of hosts have 20 bits.
func hopKeyOf(client, server *host, port uint16) uint64 {
	return uint64(client.id)<<36 | uint64(server.id)<<16 | uint64(port)
}

func (p *hopState) key() uint64 { return hopKeyOf(p.client, p.server, p.port) }

// hop gives the hop from client to a port of server, new if need be. Where there
// are too many it is one that is not listed.
func (ix *Index) hop(client, server *host, port uint16) *hopState {
	k := hopKeyOf(client, server, port)
	if client.id == 0 || server.id == 0 {
		return &hopState{client: client, server: server, port: port, unlisted: true}
	}
	if p := ix.hops.find(k); p != nil {
		return p
	}
	if ix.hops.len() >= ix.limits.hops {
		return &hopState{client: client, server: server, port: port, unlisted: true}
	}
	p := &hopState{client: client, server: server, port: port}
	ix.hops.add(p)
	return p
}

// eachHop asks for a finding about each hop.
func (ix *Index) eachHop(ask func(*hopState) *Finding) []*Finding {
	var out []*Finding
	for _, p := range ix.hops.list {
		if f := ask(p); f != nil {
			out = append(out, f)
		}
	}
	return out
}
