package trace

import "slices"

func AppendNew[T comparable](list []T, s T) []T {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// maxIDs bounds the handshakes that a finding names.
const MaxIDs = 100
