package packet

import "testing"

// keyOf makes a key of which n sets one part: an address, or a port.
func keyOf(part string, n uint16) (k FlowKey) {
	k.Addr[0].Lo, k.Addr[1].Lo = mapped4, mapped4
	k.Port[1] = 80
	switch part {
	case "client":
		k.Addr[0].Lo |= uint64(n)
	case "server":
		k.Addr[1].Lo |= uint64(n)
	case "network":
		k.Addr[1].Hi = uint64(n) << 48
	case "port":
		k.Port[0] = n
	case "ports":
		k.Port[0], k.Port[1] = n, ^n
	}
	return k
}

// TestHashSpreads puts keys that differ in one part into 1024 places by each
// group of 10 bits of the hash: 64 to a place, give or take.
func TestHashSpreads(t *testing.T) {
	for _, part := range []string{"client", "server", "network", "port", "ports"} {
		t.Run(part, func(t *testing.T) {
			h := NewHasher()
			for shift := 0; shift <= 20; shift += 10 {
				var places [1024]int
				for n := range 1 << 16 {
					k := keyOf(part, uint16(n))
					places[h.Hash(&k)>>shift&1023]++
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
	a, b := NewHasher(), NewHasher()
	for _, part := range []string{"port", "network"} {
		k := keyOf(part, 49153)
		if a.Hash(&k) == b.Hash(&k) {
			t.Errorf("%s: two decoders give the same hash", part)
		}
	}
}
