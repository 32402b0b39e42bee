package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// startPercent is how much the memory may grow before the first garbage
// collection, in percent of the 4 MB that Go takes for the least.
const startPercent = 600

// delayCollection puts off the first garbage collection to 24 MB. At 4 MB,
// which the tables of gopacket nearly fill before anything is read, it would
// come in every run, find no garbage and take a third of the time of a small
// capture. From then on collections come as they always do.
func delayCollection() {
	if os.Getenv("GOGC") != "" {
		return // the user knows better
	}
	usual := debug.SetGCPercent(startPercent)
	runtime.AddCleanup(new([16]byte), func(percent int) { debug.SetGCPercent(percent) }, usual)
}
