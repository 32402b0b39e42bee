package http_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/file"
	"ntlmtrace/capture/tcp"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
)

// labMessage is a message that a capture of the lab is known to hold.
type labMessage struct {
	Carrier string
	Kind    string
	Client  string
	Server  string
	User    string
	Domain  string
	Proxy   bool
	Frames  []int64 // that of the first copy, and those of others
}

// labSink collects the messages of a capture as text, by frame: the frame of
// the head, and that of the end of the body, which Wireshark shows.
type labSink struct {
	messages  map[string]bool
	exchanges map[exchangeKey]*auth.Exchange
}

type exchangeKey struct {
	conn  *auth.Conn
	index int
}

func (s labSink) Closed(*auth.Conn, capture.Stamp, capture.End, bool) {}

func (s labSink) Passage(int, *capture.Passage) {}

func (s labSink) Ticket(*auth.TicketExchange) {}

func (s labSink) Request(x *auth.Exchange) auth.Interest {
	s.keep(x)
	return auth.Everything
}

// keep keeps x for Complete.
func (s labSink) keep(x *auth.Exchange) {
	x.Keep()
	s.exchanges[exchangeKey{x.Conn, x.Index}] = x
}

func (s labSink) Exchange(x *auth.Exchange) auth.Interest {
	s.keep(x)
	s.credentials(x, x.Request.Stamp)
	s.challenges(x, x.Response.Stamp)
	return auth.Everything
}

func (s labSink) Complete(c *auth.Conn, index int, response bool, at capture.Stamp) {
	x := s.exchanges[exchangeKey{c, index}]
	if response {
		s.challenges(x, at)
	} else {
		s.credentials(x, at)
	}
}

func (s labSink) credentials(x *auth.Exchange, at capture.Stamp) {
	for _, cr := range x.Request.Credentials {
		m := labMessage{Kind: "other", Client: x.Conn.Client.String(), Server: x.Conn.Server.String(), Proxy: cr.Session.Proxy}
		switch t := cr.Token; {
		case cr.Basic != nil:
			m.Kind, m.User = "basic", cr.Basic.User
		case t == nil:
		case t.Negotiate != nil:
			m.Kind = "negotiate"
		case t.Authenticate != nil:
			m.Kind, m.User, m.Domain = "authenticate", t.Authenticate.User, t.Authenticate.Domain
		case t.Kerberos != nil:
			m.Kind = "kerberos"
		}
		s.messages[m.at(at.Frame)] = true
	}
}

func (s labSink) challenges(x *auth.Exchange, at capture.Stamp) {
	for _, ch := range x.Response.Challenges {
		if ch.Token != nil && ch.Token.Challenge != nil {
			m := labMessage{Kind: "challenge", Client: x.Conn.Client.String(), Server: x.Conn.Server.String(), Proxy: ch.Session.Proxy}
			s.messages[m.at(at.Frame)] = true
		}
	}
}

func (m labMessage) at(frame int64) string {
	return fmt.Sprintf("%s %s > %s %s\\%s proxy %v in frame %d", m.Kind, m.Client, m.Server, m.Domain, m.User, m.Proxy, frame)
}

// TestLab reads the captures of the lab from the packets up, and wants every
// message that they are known to hold.
func TestLab(t *testing.T) {
	lab := filepath.Join(packettest.SharedDir(t), "lab")
	text, err := os.ReadFile(filepath.Join(lab, "expect.json"))
	if err != nil {
		t.Skip(err)
	}
	var captures map[string]struct {
		Capture  string
		Keylog   string
		Messages []labMessage
	}
	if err := json.Unmarshal(text, &captures); err != nil {
		t.Fatal(err)
	}
	for name, c := range captures {
		if c.Keylog != "" {
			continue // inside TLS
		}
		t.Run(name, func(t *testing.T) {
			sink := labSink{map[string]bool{}, map[exchangeKey]*auth.Exchange{}}
			stats := decodeFile(t, filepath.Join(lab, c.Capture), sink)
			for _, m := range c.Messages {
				found := m.Carrier != "http" || slices.ContainsFunc(m.Frames, func(f int64) bool { return sink.messages[m.at(f)] })
				if !found {
					t.Errorf("not found: %s", m.at(m.Frames[0]))
				}
			}
			if t.Failed() {
				for m := range sink.messages {
					t.Log(m)
				}
				t.Logf("%+v", stats)
			}
		})
	}
}

// decodeFile returns the exchanges of a capture to sink.
func decodeFile(t *testing.T, path string, sink auth.Sink) decode.Stats {
	s, err := file.Open(path, capture.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := decode.NewDecoder(0, sink, decode.Limits{})
	a := tcp.NewAssembler(tcp.AssemblerOptions{}, d)
	var p capture.Packet
	for s.Next(&p) == nil {
		a.Packet(&p)
	}
	a.Close()
	return d.Stats()
}
