//go:build !linux

// Package nettest gives tests networks of their own. It needs Linux.
package nettest
