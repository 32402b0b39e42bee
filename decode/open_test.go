package decode_test

import (
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/decode"
	"ntlmtrace/decode/auth"
	"ntlmtrace/decode/decodetest"
)

// TestLogonsOnly plays a connection of which the sink wants logons only:
// requests without credentials are passed to it if they are refused, and once
// Open was called.
func TestLogonsOnly(t *testing.T) {
	talk := decodetest.New()
	talk.Says = auth.LogonsOnly
	talk.Client(decodetest.BasicGet).Server(decodetest.PlainOK)
	talk.Client(decodetest.PlainGet).Server(decodetest.PlainOK)
	talk.Client(decodetest.PlainGet).Server(decodetest.Refusal)
	talk.Client(decodetest.BasicGet).Server(decodetest.PlainOK)
	talk.Client(decodetest.PlainGet + decodetest.PlainGet)
	before := len(talk.Events)
	waiting := talk.D.Open()
	if len(talk.Events) != before {
		t.Errorf("Open called the sink: %q", talk.Events[before:])
	}
	if len(waiting) != 2 || waiting[0].Index != 4 || waiting[1].Index != 5 || waiting[0].Ending != auth.Open || waiting[0].Kind != auth.Use {
		t.Fatalf("%d exchanges wait", len(waiting))
	}
	if more := talk.D.Open(); len(more) != 0 {
		t.Errorf("%d exchanges wait once more", len(more))
	}
	talk.Server(decodetest.PlainOK).Client(decodetest.PlainGet)
	decodetest.Same(t, talk.Close(capture.CaptureEnd), []string{
		"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 200",
		"2 GET /a -> 401 NTLM() authenticated",
		"request 3 GET /b Basic()=alice -> open authenticated", "3 GET /b Basic()=alice -> 200 authenticated",
		"4 GET /a -> 200 authenticated", "request 6 GET /a -> open authenticated",
		"5 GET /a -> capture ended before the answer authenticated", "6 GET /a -> capture ended before the answer last authenticated",
		"closed: end of capture",
	})
	if talk.All[3] != waiting[0] {
		t.Error("the exchange that waited is another one when it is over")
	}
}

// opener calls Open while it is given something.
type opener struct {
	*decodetest.Talk
	at      string
	waiting []*auth.Exchange
}

func (o *opener) Request(x *auth.Exchange) auth.Interest {
	if o.at == x.Target.Name {
		o.waiting = append(o.waiting, o.D.Open()...)
	}
	return o.Talk.Request(x)
}

func TestOpenDuringACall(t *testing.T) {
	o := &opener{Talk: &decodetest.Talk{Says: auth.LogonsOnly}, at: "/logon"}
	o.D = decode.NewDecoder(0, o, decode.Limits{})
	first := &decodetest.Talk{D: o.D}
	first.Client(decodetest.BasicGet).Server(decodetest.PlainOK).Client(decodetest.PlainGet)
	o.Client("GET /logon HTTP/1.1\r\nAuthorization: Basic YWxpY2U6eA==\r\n\r\n")
	if len(o.waiting) != 1 || o.waiting[0].Target.Name != "/a" {
		t.Errorf("%d exchanges wait", len(o.waiting))
	}
	first.Server(decodetest.PlainOK)
	decodetest.Same(t, o.Events, []string{
		"request 0 GET /b Basic()=alice -> open", "0 GET /b Basic()=alice -> 200",
		"request 0 GET /logon Basic()=alice -> open", "1 GET /a -> 200 authenticated",
	})
}

func TestOpenOfAMadeUpCarrier(t *testing.T) {
	talk := decodetest.New(lines)
	talk.Says = auth.LogonsOnly
	talk.Client("LOGON alice\n").Server("235\n").Client("TELL 1\nx").Server("250\n").Client("TELL 1\nx")
	if waiting := talk.D.Open(); len(waiting) != 1 || waiting[0].Index != 2 {
		t.Errorf("%d exchanges wait", len(waiting))
	}
	talk.Server("250\n")
	decodetest.Same(t, talk.Events, []string{
		"request 0 LOGON alice PLAIN(alice) -> open", "0 LOGON alice PLAIN(alice) -> 235", "2 TELL 1 -> 0 authenticated",
	})
}

// entry is one of a made-up source without packets, such as a HAR file.
type entry struct {
	user, verb, path, agent string
	status                  uint32
	text                    string
	outcome                 auth.Outcome
}

// passEntries passes the entries of a source without packets to sink.
func passEntries(entries []entry, sink auth.Sink) {
	conn := &auth.Conn{Source: 1, ID: 1}
	for i, e := range entries {
		x := &auth.Exchange{
			Conn: conn, Carrier: "har", Index: i, Position: auth.Position{Unit: "entry", Number: int64(i + 1)},
			Target: auth.Target{Service: "HTTP", Host: "web01", Verb: e.verb, Name: e.path}, Kind: auth.Use,
			Marks: auth.MarkList{{Kind: auth.Agent, Value: e.agent}},
		}
		if e.user != "" {
			x.Kind, x.Request.Credentials = auth.Logon, []auth.Credentials{{Scheme: "Digest", User: e.user}}
		}
		sink.Request(x)
		x.Ending, x.Result = auth.Answered, auth.Result{Code: e.status, Text: e.text, Outcome: e.outcome, Failed: e.status >= 400}
		sink.Exchange(x)
	}
	sink.Closed(conn, capture.Stamp{}, capture.CaptureEnd, false)
}

// TestSourceWithoutPackets passes exchanges through the same Sink without a
// Decoder: in place of frames they have positions.
func TestSourceWithoutPackets(t *testing.T) {
	sink := &decodetest.Talk{}
	passEntries([]entry{
		{"", "GET", "/a", "curl", 401, "401 Unauthorized", auth.Denied},
		{"alice", "GET", "/a", "curl", 200, "200 OK", auth.Accepted},
	}, sink)
	decodetest.Same(t, sink.Events, []string{
		"request 0 GET /a -> open", "0 GET /a -> 401",
		"request 1 GET /a Digest(alice) -> open", "1 GET /a Digest(alice) -> 200", "closed: end of capture",
	})
	x := sink.All[1]
	if x.Position.String() != "entry 2" || x.Request.Captured() || x.Mark(auth.Agent) != "curl" || x.Mark(auth.Cookie) != "" || !x.Kept() {
		t.Errorf("%+v", x)
	}
}

func TestDatagrams(t *testing.T) {
	talk := decodetest.New(lines, decode.Carriers[0])
	for _, text := range []string{"TICKET HTTP/web01", "\x00\x01", ""} {
		talk.D.Datagram(&capture.Datagram{Stamp: capture.Stamp{Frame: 1}, Data: []byte(text)})
	}
	decodetest.Same(t, talk.Events, []string{"ticket HTTP/web01 for alice: 7"})
	if n := talk.D.Stats().UnknownDatagrams; n != 2 {
		t.Errorf("%d datagrams of no carrier", n)
	}
}
