//go:build !windows

package term

func showsEscapes(int) bool { return true }
