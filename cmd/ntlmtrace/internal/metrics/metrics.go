// Package metrics counts a live capture for Prometheus and serves the counters.
//
//	live loop --Finding, Handshake, Update--> counters (atomic) <--scrape-- GET /metrics
package metrics

import (
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ntlmtrace/analysis/report"
	"ntlmtrace/cmd/ntlmtrace/internal/watch"
)

// Metrics are the counters of a live capture for Prometheus. The capture
// goroutine alone changes them, by atomic operations: a scrape never makes it
// wait. All methods do nothing if m is nil.
type Metrics struct {
	registry   *prometheus.Registry
	levels     []level
	reasons    map[string]*atomic.Int64 // of what was not read or dropped, by the key of the counter
	handshakes *prometheus.CounterVec
	findings   *prometheus.CounterVec
	steps      [3]prometheus.Observer

	// The counters that were used: the vectors, which have locks, are asked
	// once for each.
	byHandshake map[handshakeLabels]prometheus.Counter
	byFinding   map[findingLabels]prometheus.Counter
}

// level is a number that the loop knows anyway and sets now and then.
type level struct {
	value *atomic.Int64
	of    func(*watch.Health) int64
}

type handshakeLabels struct{ scheme, mechanism, carrier, outcome string }

type findingLabels struct {
	rule     string
	severity report.Severity
}

// stepBuckets are the bounds of the histogram, in seconds. A domain
// controller responds in milliseconds; after 30 s clients give up.
var stepBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// New makes counters that are all 0, for each of the rules too.
func New(version string, rules []*report.Rule, reasons []Reason) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		handshakes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ntlmtrace_handshakes_total",
			Help: "Handshakes that are over, by what they were and how they ended.",
		}, []string{"scheme", "mechanism", "carrier", "outcome"}),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ntlmtrace_findings_total",
			Help: "Findings when first told, by rule and severity; one that goes on counts once.",
		}, []string{"rule", "severity"}),
		reasons:     map[string]*atomic.Int64{},
		byHandshake: map[handshakeLabels]prometheus.Counter{},
		byFinding:   map[findingLabels]prometheus.Counter{},
	}
	steps := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "ntlmtrace_handshake_step_seconds",
		Help:    "Time from NEGOTIATE to CHALLENGE (challenge), from there to AUTHENTICATE (authenticate), and from there to the answer (result).",
		Buckets: stepBuckets,
	}, []string{"step"})
	for i, step := range []string{"challenge", "authenticate", "result"} {
		m.steps[i] = steps.WithLabelValues(step)
	}
	for _, r := range rules {
		m.findings.WithLabelValues(r.ID, r.Severity.String()) // 0 is a value, absence is none
	}
	m.registry.MustRegister(m.handshakes, m.findings, steps, buildMetric(version))
	m.addLevels()
	m.addReasons(reasons)
	return m
}

// buildMetric is always 1: its labels name the version that runs.
func buildMetric(version string) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "ntlmtrace_build_info",
		Help:        "The version of the program and of Go, as labels of a constant 1.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}

// addLevels adds the counts that a capture has of itself.
func (m *Metrics) addLevels() {
	m.count("packets_total", "Packets read.", func(h *watch.Health) int64 { return h.Packets })
	m.count("bytes_total", "Bytes of these packets as captured.", func(h *watch.Health) int64 { return h.Bytes })
	m.count("connections_total", "TCP connections with payload.", func(h *watch.Health) int64 { return h.Summary.Connections })
	m.count("requests_total", "HTTP requests.", func(h *watch.Health) int64 { return h.Summary.Requests })
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "ntlmtrace_goroutines", Help: "Goroutines of the program: they are few, and do not grow.",
	}, func() float64 { return float64(runtime.NumGoroutine()) }))
	memory := m.level(func(h *watch.Health) int64 { return h.Memory })
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "ntlmtrace_memory_bytes", Help: "Memory that the program holds.",
	}, memory))
}

// count adds a counter of the health of the capture.
func (m *Metrics) count(name, help string, of func(*watch.Health) int64) {
	o := prometheus.CounterOpts{Name: "ntlmtrace_" + name, Help: help}
	m.registry.MustRegister(prometheus.NewCounterFunc(o, m.level(of)))
}

// Reason is a counter of what was not read or dropped: one of those of a
// family, told apart by a label.
type Reason struct {
	Key    string // of the counter in the health of the capture
	Family string // ntlmtrace_FAMILY_total
	Label  string // its value of the label "reason"
	Help   string // of the family
}

// addReasons adds a counter for each reason.
func (m *Metrics) addReasons(reasons []Reason) {
	for _, r := range reasons {
		v := new(atomic.Int64)
		m.reasons[r.Key] = v
		o := prometheus.CounterOpts{Name: "ntlmtrace_" + r.Family + "_total", Help: r.Help, ConstLabels: prometheus.Labels{"reason": r.Label}}
		m.registry.MustRegister(prometheus.NewCounterFunc(o, func() float64 { return float64(v.Load()) }))
	}
}

// level adds a number and returns the function that reads it.
func (m *Metrics) level(of func(*watch.Health) int64) func() float64 {
	v := new(atomic.Int64)
	m.levels = append(m.levels, level{v, of})
	return func() float64 { return float64(v.Load()) }
}

// Update sets the counts that the loop has anyway.
func (m *Metrics) Update(h *watch.Health) {
	if m == nil {
		return
	}
	for _, l := range m.levels {
		l.value.Store(l.of(h))
	}
	for key, v := range m.reasons {
		v.Store(h.Counters.Value(key))
	}
}

// Finding counts a finding that is reported for the first time.
func (m *Metrics) Finding(f *report.Finding) {
	if m == nil || f.Revision > 0 {
		return
	}
	k := findingLabels{f.Rule.ID, f.Severity}
	c := m.byFinding[k]
	if c == nil {
		c = m.findings.WithLabelValues(k.rule, k.severity.String())
		m.byFinding[k] = c
	}
	c.Inc()
}

// Handshake counts a handshake that is over.
func (m *Metrics) Handshake(h *report.Handshake) {
	if m == nil {
		return
	}
	k := handshakeLabels{schemeLabel(h.Scheme), schemeLabel(h.Mechanism), h.Carrier, h.Outcome.String()}
	c := m.byHandshake[k]
	if c == nil {
		c = m.handshakes.WithLabelValues(k.scheme, k.mechanism, k.carrier, k.outcome)
		m.byHandshake[k] = c
	}
	c.Inc()
	for i, step := range [...]time.Duration{h.Step.Challenge, h.Step.Authenticate, h.Step.Result} {
		if step > 0 {
			m.steps[i].Observe(step.Seconds())
		}
	}
}

// knownSchemes are the schemes that have a counter of their own. A scheme is
// what a client sends: without a list, anybody could make up counters.
var knownSchemes = []string{"NTLM", "Negotiate", "Kerberos", "Basic", "Digest", "Bearer"}

func schemeLabel(scheme string) string {
	if slices.Contains(knownSchemes, scheme) {
		return scheme
	}
	return "other"
}
