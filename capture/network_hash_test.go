package capture

import "testing"

// keyOf makes a key of which n sets one part: an address, or a port.
func keyOf(part string, n uint16) (k flowKey) {
	k.addr[0][10], k.addr[0][11], k.addr[1][10], k.addr[1][11] = 0xff, 0xff, 0xff, 0xff
	k.port[1] = 80
	switch part {
	case "client":
		k.addr[0][14], k.addr[0][15] = byte(n>>8), byte(n)
	case "server":
		k.addr[1][14], k.addr[1][15] = byte(n>>8), byte(n)
	case "network":
		k.addr[1][0], k.addr[1][1] = byte(n>>8), byte(n)
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
			for shift := 0; shift <= 50; shift += 10 {
				var places [1024]int
				for n := range 1 << 16 {
					k := keyOf(part, uint16(n))
					places[h.hashKey(&k)>>shift&1023]++
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
	k := keyOf("port", 49153)
	if a.hashKey(&k) == b.hashKey(&k) {
		t.Error("two decoders give the same hash")
	}
}
