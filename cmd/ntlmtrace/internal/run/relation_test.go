package run

import (
	"testing"
	"time"

	"ntlmtrace/capture/clock"
)

// TestRelation decides what one file is to another, a row for each decision.
func TestRelation(t *testing.T) {
	const hour = time.Hour
	tests := []struct {
		name     string
		r        resemblance
		want     relation
		together bool
	}{
		{"nothing in common", resemblance{sameLink: true, gap: time.Second, length: hour}, unrelated, false},
		{"nothing in common, at one time", resemblance{sameLink: true, gap: -hour, length: hour}, unrelated, false},
		{"the same token", resemblance{tokens: true, gap: -hour, length: hour}, related, false},
		{"one address, one after the other", resemblance{sameLink: true, shared: clock.Shared{Addresses: 1}, gap: time.Second, length: hour}, related, false},
		{"two addresses, one after the other", resemblance{sameLink: true, shared: clock.Shared{Addresses: 2}, gap: time.Second, length: hour}, continued, false},
		{"two addresses, of files of one packet", resemblance{sameLink: true, shared: clock.Shared{Addresses: 2}}, continued, false},
		{"a connection, one after the other", resemblance{sameLink: true, shared: clock.Shared{Connections: 1, Pairs: 1, Addresses: 2}, gap: maxPause, length: hour}, continued, false},
		{"a connection of loopback", resemblance{sameLink: true, shared: clock.Shared{Connections: 1, Pairs: 1}, gap: time.Second}, continued, false},
		{"another link type", resemblance{shared: clock.Shared{Connections: 1, Pairs: 1, Addresses: 2}, gap: time.Second, length: hour}, related, false},
		{"after a long pause", resemblance{sameLink: true, shared: clock.Shared{Connections: 1, Pairs: 1, Addresses: 2}, gap: maxPause + 1, length: hour}, related, false},
		{"after a long pause, with the next bytes", resemblance{sameLink: true, shared: clock.Shared{Connections: 1, GoOn: 1, Pairs: 1, Addresses: 2}, gap: hour, length: hour}, continued, false},
		{"at the same time", resemblance{sameLink: true, shared: clock.Shared{Addresses: 2}, gap: -hour, length: hour}, related, false},
		{"the end out of order", resemblance{sameLink: true, shared: clock.Shared{Addresses: 2}, gap: -time.Millisecond, length: hour}, continued, false},
		{"both shorter than what may be out of order", resemblance{sameLink: true, shared: clock.Shared{Addresses: 2}, gap: -300 * time.Millisecond, length: 400 * time.Millisecond}, related, false},
		{"two taps", resemblance{sameLink: true, shared: clock.Shared{Packets: 900, Of: 1000, Connections: 9, Pairs: 1, Addresses: 2}, gap: -hour, length: hour}, related, true},
		{"two taps that have little in common", resemblance{sameLink: true, shared: clock.Shared{Packets: 3, Of: 1000, Connections: 1, Pairs: 1, Addresses: 2, Spread: time.Minute}, gap: -hour, length: hour}, related, true},
		{"two taps, one a day ahead", resemblance{shared: clock.Shared{Packets: 900, Of: 1000, Connections: 9, Pairs: 1, Addresses: 2}, gap: 24 * hour, length: hour}, related, true},
		{"two taps that share too little", resemblance{shared: clock.Shared{Packets: 2, Of: 2, Connections: 1, Pairs: 1, Addresses: 2}, gap: -hour, length: hour}, related, false},
		{"the next ring file repeats some packets", resemblance{sameLink: true, shared: clock.Shared{Packets: 3, Of: 100, Connections: 1, Pairs: 1, Addresses: 2}, gap: time.Second, length: hour}, continued, false},
		{"the next ring file is short, and repeats some packets at other times", resemblance{sameLink: true, shared: clock.Shared{Packets: 3, Of: 5, Connections: 1, Pairs: 1, Addresses: 2, Spread: 3 * time.Millisecond}, gap: time.Second, length: hour}, continued, false},
	}
	for _, tt := range tests {
		if got := tt.r.relation(); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
		if got := tt.r.together(); got != tt.together {
			t.Errorf("%s: clocks compared: %v", tt.name, got)
		}
	}
}
