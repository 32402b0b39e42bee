//go:build !windows

package main

func showsEscapes(int) bool { return true }
