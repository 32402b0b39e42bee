package main

import (
	"net/netip"
	"strconv"
	"time"

	"ntlmtrace/analysis"
)

// The types of the machine-readable output, documented in docs/json.md and held
// by schema.json. Keys never change their meaning; what is unknown is absent.

// documentVersion goes up when a key goes or changes its meaning.
const documentVersion = 1

// sourceDoc is one FILE of the command line.
type sourceDoc struct {
	Name         string   `json:"name"`
	Packets      int64    `json:"packets"`
	Bytes        int64    `json:"bytes"` // captured, without the file's own headers
	First        string   `json:"first,omitempty"`
	Last         string   `json:"last,omitempty"`
	LinkTypes    []string `json:"link_types"`
	Truncated    bool     `json:"truncated"`
	ProblemCount int64    `json:"problem_count"`
	Drops        int64    `json:"drops,omitempty"` // packets that the capturing machine says it missed
	Error        string   `json:"error,omitempty"` // why reading ended before the end of the file
}

type handshakeDoc struct {
	ID           int64             `json:"id"`
	Source       string            `json:"source"`
	Carrier      string            `json:"carrier"`
	Scheme       string            `json:"scheme"`
	Mechanism    string            `json:"mechanism"`
	Proxy        bool              `json:"proxy"`
	Client       string            `json:"client"`
	Server       string            `json:"server"`
	Host         string            `json:"host,omitempty"`
	Target       string            `json:"target,omitempty"`
	User         string            `json:"user,omitempty"`
	Domain       string            `json:"domain,omitempty"`
	Workstation  string            `json:"workstation,omitempty"`
	Password     string            `json:"password,omitempty"` // with --show-secrets
	Anonymous    bool              `json:"anonymous"`
	LocalCall    bool              `json:"local_call,omitempty"`
	NTLMVersion  string            `json:"ntlm_version,omitempty"`
	ServerName   string            `json:"server_name,omitempty"`
	ServerDNS    string            `json:"server_dns,omitempty"`
	ServerDomain string            `json:"server_domain,omitempty"`
	SPN          string            `json:"spn,omitempty"`
	Outcome      string            `json:"outcome"`
	Status       string            `json:"status,omitempty"`
	Frames       framesDoc         `json:"frames"`
	FramesIn     map[string]string `json:"frames_in,omitempty"`
	Token        string            `json:"token,omitempty"`
	Time         string            `json:"time,omitempty"`
	StepMS       *stepsDoc         `json:"step_ms,omitempty"`
	Problems     []string          `json:"problems,omitempty"`
}

type framesDoc struct {
	Request      int64 `json:"request,omitempty"`
	Negotiate    int64 `json:"negotiate,omitempty"`
	Challenge    int64 `json:"challenge,omitempty"`
	Authenticate int64 `json:"authenticate,omitempty"`
	Result       int64 `json:"result,omitempty"`
}

type stepsDoc struct {
	Challenge    float64 `json:"challenge,omitempty"`
	Authenticate float64 `json:"authenticate,omitempty"`
	Result       float64 `json:"result,omitempty"`
}

// newHandshakeDoc describes h. Its source is the file of the message that
// carries the credentials, or else of the first message; messages that another
// file holds are named in FramesIn.
func newHandshakeDoc(h *analysis.Handshake, o *origins) *handshakeDoc {
	d := &handshakeDoc{
		ID: h.ID, Carrier: h.Carrier, Scheme: h.Scheme, Mechanism: h.Mechanism, Proxy: h.Proxy,
		Client: h.Conn.Client.String(), Server: h.Conn.Server.String(), Host: h.Host, Target: h.Target,
		User: h.User, Domain: h.Domain, Workstation: h.Workstation,
		Anonymous: h.Anonymous, LocalCall: h.LocalCall,
		NTLMVersion: h.Version, ServerName: h.ServerName, ServerDNS: h.ServerDNS, ServerDomain: h.ServerDomain, SPN: h.SPN,
		Outcome: h.Outcome.String(), Token: h.Token, Time: clock(h.Time), Problems: h.Problems,
	}
	if h.Status != 0 {
		d.Status = strconv.Itoa(h.Status)
	}
	if s := h.Step; s != (analysis.Steps{}) {
		d.StepMS = &stepsDoc{milliseconds(s.Challenge), milliseconds(s.Authenticate), milliseconds(s.Result)}
	}
	d.place(h, o)
	return d
}

// place turns the frames of the tap into those of files.
func (d *handshakeDoc) place(h *analysis.Handshake, o *origins) {
	frames := [...]struct {
		message string
		frame   int64
		number  *int64
	}{ // the one that names the source first
		{"authenticate", h.Frames.Authenticate, &d.Frames.Authenticate},
		{"request", h.Frames.Request, &d.Frames.Request},
		{"negotiate", h.Frames.Negotiate, &d.Frames.Negotiate},
		{"challenge", h.Frames.Challenge, &d.Frames.Challenge},
		{"result", h.Frames.Result, &d.Frames.Result},
	}
	for _, f := range frames {
		if f.frame == 0 {
			continue
		}
		name, number := o.locate(h.Conn.Source, f.frame)
		*f.number = number
		if d.Source == "" {
			d.Source = name
		}
		if name != d.Source {
			if d.FramesIn == nil {
				d.FramesIn = map[string]string{}
			}
			d.FramesIn[f.message] = name
		}
	}
}

type hopDoc struct {
	Client      string   `json:"client"`
	Server      string   `json:"server"`
	Schemes     []string `json:"schemes"`
	Users       []string `json:"users"`
	MoreUsers   int      `json:"more_users,omitempty"`
	Connections int      `json:"connections"`
	Handshakes  int      `json:"handshakes"`
	Accepted    int      `json:"accepted"`
	Denied      int      `json:"denied"`
	Findings    []int64  `json:"findings"`
}

func newHopDoc(h *analysis.Hop) *hopDoc {
	return &hopDoc{
		Client: h.Client.String(), Server: h.Server.String(),
		Schemes: listed(h.Schemes), Users: listed(h.Users), MoreUsers: h.MoreUsers,
		Connections: h.Connections, Handshakes: h.Handshakes, Accepted: h.Accepted, Denied: h.Denied,
		Findings: listed(h.Findings),
	}
}

type findingDoc struct {
	ID         int64         `json:"id"`
	Revision   int           `json:"revision,omitempty"`
	Withdrawn  bool          `json:"withdrawn,omitempty"` // only in jsonl: forget what was said under this id
	Rule       string        `json:"rule"`
	Title      string        `json:"title"`
	Severity   string        `json:"severity"`
	Confidence string        `json:"confidence"`
	Summary    string        `json:"summary"`
	User       string        `json:"user,omitempty"`
	Client     string        `json:"client,omitempty"`
	Servers    []string      `json:"servers"`
	Handshakes []int64       `json:"handshakes"`
	Count      int           `json:"count"`
	Evidence   []evidenceDoc `json:"evidence"`
	Why        string        `json:"why"`
	Fix        string        `json:"fix"`
	References []string      `json:"references"`
	Log        string        `json:"log,omitempty"`
	Filter     string        `json:"filter,omitempty"`
	RefutedBy  string        `json:"refuted_by,omitempty"`
	Caveats    []string      `json:"caveats,omitempty"`
	Others     []string      `json:"others,omitempty"`
}

type evidenceDoc struct {
	Source string `json:"source"`
	Frame  int64  `json:"frame"`
	Text   string `json:"text"`
}

func newFindingDoc(f *analysis.Finding, o *origins) *findingDoc {
	d := &findingDoc{
		ID: f.ID, Revision: f.Revision, Withdrawn: f.Withdrawn,
		Rule: f.Rule.ID, Title: f.Rule.Title, Severity: f.Severity.String(), Confidence: f.Confidence.String(),
		Summary: f.Summary, User: f.User, Servers: texts(f.Servers), Handshakes: listed(f.Handshakes), Count: f.Count,
		Evidence: make([]evidenceDoc, 0, len(f.Evidence)),
		Why:      f.Why, Fix: f.Fix, References: listed(f.Rule.References),
		Log: f.Log, Filter: f.Filter, RefutedBy: f.Refuted, Caveats: f.Caveats, Others: f.Others,
	}
	if f.Client.IsValid() {
		d.Client = f.Client.String()
	}
	for _, e := range f.Evidence {
		name, number := o.locate(e.Source, e.Frame)
		d.Evidence = append(d.Evidence, evidenceDoc{name, number, e.Text})
	}
	return d
}

type summaryDoc struct {
	Packets     int64      `json:"packets"`
	Connections int64      `json:"connections"`
	Requests    int64      `json:"requests"`
	Handshakes  int64      `json:"handshakes"`
	Accepted    int64      `json:"accepted"`
	Denied      int64      `json:"denied"`
	Findings    int64      `json:"findings"`
	Interrupted bool       `json:"interrupted,omitempty"` // reading was stopped before the end
	NotRead     notReadDoc `json:"not_read"`
}

type notReadDoc struct {
	TLSConnections   int64            `json:"tls_connections"`
	HTTP2Connections int64            `json:"http2_connections"`
	Gaps             int64            `json:"gaps"`
	CutPackets       int64            `json:"cut_packets"`
	Duplicates       int64            `json:"duplicates"`
	OneSided         int64            `json:"one_sided"`
	Evicted          int64            `json:"evicted"`
	DroppedBytes     int64            `json:"dropped_bytes"`
	Copies           int64            `json:"copies"`
	ForgottenEarly   int64            `json:"forgotten_early"`
	NotDecoded       map[string]int64 `json:"not_decoded,omitempty"`
}

func newSummaryDoc(s *analysis.Summary, interrupted bool) *summaryDoc {
	n := &s.NotRead
	return &summaryDoc{
		Packets: s.Packets, Connections: s.Connections, Requests: s.Requests,
		Handshakes: s.Handshakes, Accepted: s.Accepted, Denied: s.Denied, Findings: s.Findings,
		Interrupted: interrupted,
		NotRead: notReadDoc{
			TLSConnections: n.TLSConnections, HTTP2Connections: n.HTTP2Connections,
			Gaps: n.Gaps, CutPackets: n.CutPackets, Duplicates: n.Duplicates, OneSided: n.OneSided,
			Evicted: n.Evicted, DroppedBytes: n.DroppedBytes, Copies: n.Copies, ForgottenEarly: n.ForgottenEarly,
			NotDecoded: n.NotDecoded,
		},
	}
}

// clock writes a capture time, or nothing for a time that is not known.
func clock(ns int64) string {
	if ns == 0 {
		return ""
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z")
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func texts(addrs []netip.AddrPort) []string {
	out := make([]string, len(addrs))
	for i, a := range addrs {
		out[i] = a.String()
	}
	return out
}

// listed gives list, and never nil: a list of the contract is [] when it is empty.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
