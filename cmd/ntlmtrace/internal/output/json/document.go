// Package json prints for programs: one document, or an object a line.
//
//	Handshake, Finding, Health, Result --object--> members --+--> Document: {"version":1,"handshakes":[...],...}
//	                                                         +--> Lines:    {"type":"handshake",...}
//
// Keys never change their meaning; what is unknown is absent. docs/json.md
// documents them, schema.json of the command holds them.
package json

import (
	"cmp"
	"net/netip"
	"strconv"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/result"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// The objects of the machine-readable output, documented in docs/json.md and
// held by schema.json. Keys never change their meaning; what is unknown is
// absent.

// Version goes up when a key goes or changes its meaning.
const Version = 1

// source adds the members of one FILE of the command line.
func (o *object) source(s *result.Source) {
	o.str("name", s.Name)
	o.some("group", int64(s.Group))
	o.num("packets", s.Packets)
	o.some("filtered", s.Filtered)
	o.num("bytes", s.Bytes)
	if s.Packets > 0 {
		o.clock("first", s.First)
		o.clock("last", s.Last)
	}
	o.strs("link_types", s.LinkTypes)
	o.flag("truncated", s.Truncated)
	o.num("problem_count", s.Problems)
	o.some("drops", s.Drops)
	o.opt("error", s.Failure)
}

// handshake adds the members of h. Its source is the file of the message that
// carries the credentials, or else of the first message.
func (o *object) handshake(h *report.Handshake, from result.Locator) {
	source := placeOf(h, from)
	o.num("id", h.ID)
	o.str("source", source)
	o.str("carrier", h.Carrier)
	o.str("scheme", h.Scheme)
	o.str("mechanism", h.Mechanism)
	o.flag("proxy", h.Proxy)
	o.endpoint("client", h.Conn.Client)
	o.endpoint("server", h.Conn.Server)
	o.opt("host", h.Host)
	o.opt("target", h.Target)
	o.opt("user", h.User)
	o.opt("domain", h.Domain)
	o.opt("workstation", h.Workstation)
	o.opt("password", h.Password)
	o.flag("anonymous", h.Anonymous)
	o.mark("local_call", h.LocalCall)
	o.opt("ntlm_version", h.Version)
	o.opt("server_name", h.ServerName)
	o.opt("server_dns", h.ServerDNS)
	o.opt("server_domain", h.ServerDomain)
	o.opt("spn", h.SPN)
	o.str("outcome", h.Outcome.String())
	o.opt("trouble", h.Trouble.String())
	if h.Status != 0 {
		o.str("status", strconv.Itoa(h.Status))
	}
	o.frames(h, from, source)
	o.opt("token", h.Token)
	o.clock("time", h.Time)
	o.steps(h.Step)
	if len(h.Problems) > 0 {
		o.strs("problems", h.Problems)
	}
}

// messageFrame is the frame of one message of a handshake, 0 if there is none.
type messageFrame struct {
	message string
	frame   int64
}

func messageFrames(f *report.Frames) [5]messageFrame {
	return [...]messageFrame{
		{"request", f.Request}, {"negotiate", f.Negotiate}, {"challenge", f.Challenge},
		{"authenticate", f.Authenticate}, {"result", f.Result},
	}
}

// placeOf names the file that a handshake is looked up in.
func placeOf(h *report.Handshake, from result.Locator) string {
	frame := h.Frames.Authenticate
	for _, m := range messageFrames(&h.Frames) {
		if frame == 0 {
			frame = m.frame
		}
	}
	name, _ := from.Locate(h.Conn.Source, frame)
	return name
}

// frames adds the numbers of the messages, each in its own file, and the names
// of the files other than source.
func (o *object) frames(h *report.Handshake, from result.Locator, source string) {
	var elsewhere [5]string
	abroad := false
	o.key("frames")
	o.begin()
	list := messageFrames(&h.Frames)
	for i, m := range list {
		if m.frame == 0 {
			continue
		}
		name, number := from.Locate(h.Conn.Source, m.frame)
		o.num(m.message, number)
		if name != source {
			elsewhere[i], abroad = name, true
		}
	}
	o.end()
	if !abroad {
		return
	}
	o.key("frames_in")
	o.begin()
	for i, m := range list {
		o.opt(m.message, elsewhere[i])
	}
	o.end()
}

func (o *object) steps(s report.Steps) {
	if s == (report.Steps{}) {
		return
	}
	o.key("step_ms")
	o.begin()
	o.milliseconds("challenge", s.Challenge)
	o.milliseconds("authenticate", s.Authenticate)
	o.milliseconds("result", s.Result)
	o.end()
}

// hop adds the members of h.
func (o *object) hop(h *report.Hop) {
	o.addr("client", h.Client)
	o.endpoint("server", h.Server)
	o.strs("schemes", h.Schemes)
	o.strs("users", h.Users)
	o.some("more_users", int64(h.MoreUsers))
	o.num("connections", int64(h.Connections))
	o.num("handshakes", int64(h.Handshakes))
	o.num("accepted", int64(h.Accepted))
	o.num("denied", int64(h.Denied))
	o.nums("findings", h.Findings)
}

// finding adds the members of f.
func (o *object) finding(f *report.Finding, from result.Locator) {
	o.num("id", f.ID)
	o.some("revision", int64(f.Revision))
	o.mark("withdrawn", f.Withdrawn)
	o.str("rule", f.Rule.ID)
	o.str("title", f.Rule.Title)
	o.str("severity", f.Severity.String())
	o.str("confidence", f.Confidence.String())
	o.str("summary", f.Summary)
	o.opt("user", f.User)
	o.addr("client", f.Client)
	objects(o, "servers", f.Servers, func(a netip.AddrPort) { o.b = appendString(o.b, a.String()) })
	o.nums("handshakes", f.Handshakes)
	o.num("count", int64(f.Count))
	objects(o, "evidence", f.Evidence, func(e report.Evidence) { o.evidence(e, from) })
	o.str("why", f.Why)
	o.str("fix", f.Fix)
	o.strs("references", f.Rule.References)
	o.opt("log", f.Log)
	o.opt("filter", f.Filter)
	o.opt("refuted_by", f.NotIf)
	if len(f.Caveats) > 0 {
		o.strs("caveats", f.Caveats)
	}
	if len(f.Others) > 0 {
		o.strs("others", f.Others)
	}
}

func (o *object) evidence(e report.Evidence, from result.Locator) {
	name, number := from.Locate(e.Source, e.Frame)
	o.begin()
	o.str("source", name)
	o.num("frame", number)
	o.str("text", e.Text)
	o.end()
}

// summary adds the counts of the whole run.
func (o *object) summary(r *result.Result) {
	s := &r.Report.Summary
	o.counts(s)
	o.mark("interrupted", r.Interrupted)
	if r.Written != nil {
		o.written(r.Written)
	}
	o.notRead(r.Counters)
}

// counts adds what was seen.
func (o *object) counts(s *report.Summary) {
	o.num("packets", s.Packets)
	o.num("connections", s.Connections)
	o.num("requests", s.Requests)
	o.num("handshakes", s.Handshakes)
	o.num("accepted", s.Accepted)
	o.num("denied", s.Denied)
	o.num("findings", s.Findings)
	o.flag("healthy", s.Healthy())
	o.troubles("troubles", s.Troubles)
	o.troubles("unexplained", s.Unexplained)
}

// troubles adds counts of handshakes in trouble, if there are any.
func (o *object) troubles(name string, t report.Troubles) {
	if !t.Any() {
		return
	}
	o.key(name)
	o.begin()
	o.some("refused", t.Refused)
	o.some("unanswered", t.Unanswered)
	o.some("error_after", t.ErrorAfter)
	o.end()
}

// notRead adds what was not seen. Counters with details are an object of their
// own, under the key that they share.
func (o *object) notRead(list report.Counters) {
	o.key("not_read")
	o.begin()
	group := ""
	for _, c := range list {
		if group != "" && c.Key != group {
			o.end()
			group = ""
		}
		switch {
		case c.Detail != "" && group == "":
			group = c.Key
			o.key(group)
			o.begin()
			o.num(c.Detail, c.Value)
		case c.Detail != "" || c.Always:
			o.num(cmp.Or(c.Detail, c.Key), c.Value)
		default:
			o.some(c.Key, c.Value)
		}
	}
	if group != "" {
		o.end()
	}
	o.end()
}

// written adds what --write wrote.
func (o *object) written(r *result.Written) {
	o.key("written")
	o.begin()
	o.str("name", r.Name)
	o.num("files", r.Files)
	o.num("packets", r.Packets)
	o.num("bytes", r.Bytes)
	o.num("connections", r.Connections)
	o.num("partial", r.Partial)
	o.num("cut", r.Cut)
	o.num("dropped_early", r.Early)
	o.num("forgotten", r.Forgotten)
	o.num("lost", r.Lost)
	o.end()
}

// health adds how a live capture is doing.
func (o *object) health(h *watch.Health) {
	o.clock("time", h.At.UnixNano())
	o.clock("since", h.Since.UnixNano())
	o.strs("interfaces", h.Interfaces)
	o.num("bytes", h.Bytes)
	o.real("packet_rate", h.PacketRate)
	o.real("byte_rate", h.ByteRate)
	o.num("memory", h.Memory)
	o.num("own_drops", h.Own)
	o.some("write_drops", h.Lost)
	o.counts(&h.Summary)
	o.notRead(h.Counters)
}
