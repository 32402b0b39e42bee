package trace

import "net/netip"

// hopBetween gives the hop from client to server, new if need be.
func (ix *Index) HopBetween(client netip.Addr, server netip.AddrPort) *Hop {
	return ix.Hop(ix.Machines.Host(client), ix.Machines.Host(server.Addr()), server.Port())
}

// hopKeyOf gives the key of a hop: the numbers of hosts have 20 bits.
func hopKeyOf(client, server *Host, port uint16) uint64 {
	return uint64(client.ID)<<36 | uint64(server.ID)<<16 | uint64(port)
}

func (p *Hop) Key() uint64 { return hopKeyOf(p.Client, p.Server, p.port) }

// hop gives the hop from client to a port of server, new if need be. Where there
// are too many it is one that is not listed.
func (ix *Index) Hop(client, server *Host, port uint16) *Hop {
	k := hopKeyOf(client, server, port)
	if client.ID == 0 || server.ID == 0 {
		return &Hop{Client: client, Server: server, port: port, Unlisted: true}
	}
	if p := ix.Hops.Find(k); p != nil {
		return p
	}
	if ix.Hops.Len() >= ix.Limits.Hops {
		return &Hop{Client: client, Server: server, port: port, Unlisted: true}
	}
	p := &Hop{Client: client, Server: server, port: port}
	ix.Hops.Add(p)
	return p
}

// eachHop asks for a finding about each hop.
func (ix *Index) EachHop(ask func(*Hop) *Finding) []*Finding {
	var out []*Finding
	for _, p := range ix.Hops.List() {
		if f := ask(p); f != nil {
			out = append(out, f)
		}
	}
	return out
}
