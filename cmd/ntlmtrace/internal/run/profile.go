package run

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"ntlmtrace/capture"
	"ntlmtrace/capture/clock"
	"ntlmtrace/decode/ntlm"
	"ntlmtrace/decode/token"
)

// Files are compared by the packets at their beginning.
const (
	profilePackets      = 50_000  // of one file, at most
	profilePacketsOfAll = 400_000 // of all files, about: what is noted takes memory
	profilePacketsLeast = 400     // of one file, however many there are
)

// profile is what is known of a file before it is read for good.
type profile struct {
	*clock.Sightings
	links       []capture.LinkType
	marks       map[string]bool // tokens, and names of machines: see addToken
	first, last int64           // the first packet, and the latest one that was looked at
	whole       bool            // that is the latest of the file
	ahead       int64           // how far its clock was ahead, nanoseconds: first and last are corrected, Sightings are not
}

// profile reads the beginning of a file that can be opened again, until ctx
// ends. It returns nil for another one.
func (f *file) profile(ctx context.Context, packets int, l capture.Limits) *profile {
	if f.source != nil {
		return nil // it cannot be read twice
	}
	src, err := openInput(f.report.Name, nil, l)
	if err != nil {
		return nil
	}
	defer src.Close()
	p := &profile{Sightings: clock.NewSightings(), marks: map[string]bool{}, first: f.report.First, last: f.report.First}
	var at capture.Packet
	for n := range packets {
		if n%checkEvery == 0 && ctx.Err() != nil {
			break
		}
		if src.Next(&at) != nil {
			p.whole = true
			break
		}
		p.take(&at)
	}
	for _, name := range src.Names() {
		p.marks["name "+strings.ToLower(name)] = true
	}
	return p
}

// take notes a packet.
func (p *profile) take(at *capture.Packet) {
	p.last = max(p.last, at.Time)
	if !slices.Contains(p.links, at.Link) {
		p.links = append(p.links, at.Link)
	}
	payload := p.Add(at)
	for _, scheme := range [...]string{"NTLM ", "Negotiate "} {
		if _, text, found := bytes.Cut(payload, []byte(scheme)); found {
			p.addToken(text)
		}
	}
}

// addToken notes what the token at the start of text tells of machines and
// logons: by these a rule joins connections that share no address.
func (p *profile) addToken(text []byte) {
	n := bytes.IndexFunc(text, func(r rune) bool { return r > 'z' || !strings.ContainsRune(base64Digits, r) })
	if n >= 0 {
		text = text[:n]
	}
	t := token.Parse("", string(text), 0)
	switch {
	case t == nil:
	case t.Challenge != nil:
		p.marks["challenge "+string(t.Challenge.ServerChallenge[:])] = true
		p.addName(t.Challenge.TargetInfo.Text(ntlm.MsvAvNbComputerName))
	case t.Authenticate != nil:
		p.marks["response "+string(t.Authenticate.NTProofStr)] = len(t.Authenticate.NTProofStr) > 0
		p.addName(t.Authenticate.Workstation)
	case t.Kerberos != nil:
		p.marks["ticket "+string(text[:min(len(text), maxMark)])] = true
	}
}

const (
	base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
	maxMark      = 1024 // bytes of a ticket: it differs from others before
)

// addName notes the name of a machine, unless it is one that many have.
func (p *profile) addName(name string) {
	switch name = strings.ToLower(name); name {
	case "", "workstation", "localhost":
	default:
		p.marks["name "+name] = true
	}
}

// compare returns what p and a file that begins after it have in common.
func (p *profile) compare(later *profile) resemblance {
	r := resemblance{
		sameLink: subset(p.links, later.links) || subset(later.links, p.links),
		shared:   p.Shared(later.Sightings),
		length:   time.Duration(min(p.last-p.first, later.last-later.first)),
		gap:      time.Duration(later.first - p.last),
	}
	for m, is := range p.marks {
		if is && later.marks[m] {
			r.tokens = true
			break
		}
	}
	return r
}

func subset(a, b []capture.LinkType) bool {
	return !slices.ContainsFunc(a, func(l capture.LinkType) bool { return !slices.Contains(b, l) })
}
