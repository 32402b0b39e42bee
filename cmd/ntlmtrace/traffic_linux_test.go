package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"ntlmtrace/capture/capturetest"
	"ntlmtrace/capture/capturetest/ntlmtest"
	"ntlmtrace/cmd/ntlmtrace/internal/logontest"
)

// busySite makes what passes at a busy web server: logons, other requests, and
// downloads that fill the link. No two logons have the same token.
type busySite struct {
	web                           *ntlmtest.Server // the web server's logons
	handshakes, connections, hops int              // made up to now
	downloads                     []*download
	next                          int // the download whose turn it is
}

// The machines behind the traffic.
const (
	trafficClients = 2000
	trafficServer  = "10.9.0.20"
	trafficSecond  = "10.9.0.30"
)

func newBusySite() *busySite {
	var web logontest.Server
	web.Init("WEB01")
	return &busySite{web: &web.Server}
}

// second gives the frames of about one second, interleaved. There are as many
// as packets says: what the conversations leave is downloads.
func (g *busySite) second(handshakes, connections, hops, packets int) [][]byte {
	var talks [][][]byte
	for range handshakes {
		talks = append(talks, g.logon())
	}
	for range connections {
		talks = append(talks, g.request())
	}
	for range hops {
		talks = append(talks, g.doubleHop())
	}
	return g.fill(talks, packets)
}

// fill lays conversations out over a second, so that they overlap, with
// downloads between.
func (g *busySite) fill(talks [][][]byte, packets int) [][]byte {
	slots := make([][][]byte, max(packets, 1))
	used := 0
	for i, talk := range talks {
		begin := i * len(slots) / len(talks) / 2 // each takes half the second
		for j, frame := range talk {
			at := begin + j*len(slots)/2/len(talk)
			slots[at] = append(slots[at], frame)
			used++
		}
	}
	var frames [][]byte
	room := packets - used
	for i, slot := range slots {
		frames = append(frames, slot...)
		if due := room * (i + 1) / len(slots); due > 0 && len(frames) < packets && i*room/len(slots) < due {
			frames = append(frames, g.download())
		}
	}
	return frames
}

// client gives the machine of conversation n.
func client(n int) capturetest.Host {
	n %= trafficClients
	return capturetest.NewHost(fmt.Sprintf("10.20.%d.%d", n/250, n%250+1))
}

// from gives the port of conversation n, so that none comes twice.
func from(n int) capturetest.ConnOption {
	return capturetest.FromPort(uint16(49152 + n/trafficClients%16000))
}

// conversation gives the frames that talk makes.
func conversation(talk func(c *capturetest.Capture)) [][]byte {
	c := capturetest.New()
	talk(c)
	var out [][]byte
	for _, f := range c.Frames() {
		out = append(out, f.Data)
	}
	return out
}

func authorize(token []byte) string {
	return "Authorization: NTLM " + base64.StdEncoding.EncodeToString(token)
}

// logOn makes a whole handshake on k, and gives its token.
func (g *busySite) logOn(k *capturetest.Conn, user string) (token []byte) {
	u := ntlmtest.Client{User: user, Domain: "CORP", Password: "Secret1", Workstation: "PC1", SPN: "HTTP/web01.corp.example"}
	hello := u.Negotiate()
	challenge := g.web.Challenge(hello, time.Now())
	token = u.Authenticate(hello, challenge)
	const host = "web01.corp.example"
	k.Client(capturetest.Request("GET", "/reports", host, authorize(hello))).
		Server(capturetest.Response(401, 100, "WWW-Authenticate: NTLM "+base64.StdEncoding.EncodeToString(challenge))).
		Client(capturetest.Request("GET", "/reports", host, authorize(token))).
		Server(capturetest.Response(200, 600, "Persistent-Auth: true"))
	return token
}

// logon is a user who logs on.
func (g *busySite) logon() [][]byte {
	g.handshakes++
	n := g.talk()
	return conversation(func(c *capturetest.Capture) {
		k := c.Dial(client(n), capturetest.NewHost(trafficServer).At(80), from(n))
		g.logOn(k, fmt.Sprintf("user%04d", n%trafficClients))
		k.Close()
	})
}

// talk counts a conversation.
func (g *busySite) talk() int {
	g.connections++
	return g.connections
}

// request is a connection without authentication.
func (g *busySite) request() [][]byte {
	n := g.talk()
	return conversation(func(c *capturetest.Capture) {
		c.Dial(client(n), capturetest.NewHost(trafficServer).At(80), from(n)).
			Client(capturetest.Request("GET", "/logo.png", "web01.corp.example")).
			Server(capturetest.Response(200, 512)).Close()
	})
}

// hopper gives the machine of double hop n: each has one of its own, so that
// each is a finding.
func hopper(n int) netip.Addr { return netip.AddrFrom4([4]byte{10, 30, byte(n >> 8), byte(n)}) }

// doubleHop is a token that is sent to a second server, which refuses it.
func (g *busySite) doubleHop() [][]byte {
	g.hops++
	g.handshakes += 2
	g.connections += 2
	return conversation(func(c *capturetest.Capture) {
		pc := capturetest.NewHost(hopper(g.hops).String())
		k := c.Dial(pc, capturetest.NewHost(trafficServer).At(80))
		token := g.logOn(k, "alice")
		k.Close()
		c.Dial(pc, capturetest.NewHost(trafficSecond).At(80)).
			Client(capturetest.Request("GET", "/mail", "mbx02.corp.example", authorize(token))).
			Server(capturetest.Response(401, 100, "WWW-Authenticate: NTLM")).Close()
	})
}

// download is one that never ends.
type download struct {
	opening [][]byte // frames that are not sent yet
	segment []byte   // the next one after them
}

const (
	ipID      = 14 + 4  // offsets in a frame without options
	tcpSeq    = 34 + 4  // of an Ethernet frame with IPv4
	tcpHeader = 34 + 20 // its end
	downloads = 32
)

// download gives the next frame of some download.
func (g *busySite) download() []byte {
	if g.downloads == nil {
		for i := range downloads {
			g.connections++
			g.downloads = append(g.downloads, newDownload(i))
		}
	}
	d := g.downloads[g.next%len(g.downloads)]
	g.next++
	if len(d.opening) > 0 {
		f := d.opening[0]
		d.opening = d.opening[1:]
		return f
	}
	f := slices.Clone(d.segment)
	seq := binary.BigEndian.Uint32(d.segment[tcpSeq:])
	binary.BigEndian.PutUint32(d.segment[tcpSeq:], seq+uint32(len(f)-tcpHeader))
	binary.BigEndian.PutUint16(d.segment[ipID:], binary.BigEndian.Uint16(f[ipID:])+1)
	return f
}

func newDownload(i int) *download {
	frames := conversation(func(c *capturetest.Capture) {
		c.Dial(capturetest.NewHost(fmt.Sprintf("10.21.0.%d", i+1)), capturetest.NewHost(trafficServer).At(80)).
			Client(capturetest.Request("GET", "/image.iso", "web01.corp.example")).
			Server("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n").
			Server(strings.Repeat("x", 200))
	})
	last := len(frames) - 1
	for len(frames[last]) < 200 { // acknowledgements
		last--
	}
	return &download{frames[:last], frames[last]}
}
