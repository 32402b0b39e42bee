package main

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// unmapStart lets go of the pages of the program file that only its start touched: the
// code that sets up each package lies scattered among all others, and with what the kernel
// maps around each page that makes 7 MiB, which reading a capture never uses again. The
// pages stay in the page cache: one that is needed after all comes back without the disk.
// A program that cannot read its own map keeps them.
func unmapStart() {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for line := range bytes.Lines(maps) {
		// address, rights, offset, device, inode, file: proc_pid_maps(5)
		f := bytes.Fields(line)
		if len(f) != 6 || string(f[5]) != program || f[1][1] == 'w' {
			continue // what can be written may have been, and would be lost
		}
		from, to, _ := bytes.Cut(f[0], []byte{'-'})
		start, err1 := strconv.ParseUint(string(from), 16, 64)
		end, err2 := strconv.ParseUint(string(to), 16, 64)
		if err1 == nil && err2 == nil {
			unix.Syscall(unix.SYS_MADVISE, uintptr(start), uintptr(end-start), unix.MADV_DONTNEED)
		}
	}
}
