package capture

import "testing"

// keyOf makes a key of which n sets one part: an address, or a port.
func keyOf(part string, n uint16) (k flowKey) {
	k.addr[0].lo, k.addr[1].lo = mapped4, mapped4
	k.port[1] = 80
	switch part {
	case "client":
		k.addr[0].lo |= uint64(n)
	case "server":
		k.addr[1].lo |= uint64(n)
	case "network":
		k.addr[1].hi = uint64(n) << 48
	case "port":
		k.port[0] = n
	case "ports":
		k.port[0], k.port[1] = n, ^n
	}
	return k
}

// TestHashSpreads puts keys that differ in one part into 1024 places by each
// group of 10 bits of the hash: 64 to a place, give or take.
func TestHashSpreads(t *testing.T) {
	for _, part := range []string{"client", "server", "network", "port", "ports"} {
		t.Run(part, func(t *testing.T) {
			h := newFlowHasher()
			for shift := 0; shift <= 20; shift += 10 {
				var places [1024]int
				for n := range 1 << 16 {
					k := keyOf(part, uint16(n))
					places[h.hash(&k)>>shift&1023]++
				}
				for i, n := range places {
					if n > 160 {
						t.Fatalf("%d keys at place %d by the bits from %d", n, i, shift)
					}
				}
			}
		})
	}
}

func TestHashIsSecret(t *testing.T) {
	a, b := newFlowHasher(), newFlowHasher()
	for _, part := range []string{"port", "network"} {
		k := keyOf(part, 49153)
		if a.hash(&k) == b.hash(&k) {
			t.Errorf("%s: two decoders give the same hash", part)
		}
	}
}
