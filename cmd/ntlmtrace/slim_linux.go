package main

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// unmapStart lets go of the pages of the program file that only its start touched: the
// code that sets up each package lies scattered among all others, and with what the kernel
// maps around each page that makes 6 MiB, which reading a capture never uses again. The
// pages stay in the page cache: one that is needed after all comes back without the disk.
// A program that cannot read its own map keeps them.
func unmapStart() {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	var start, end uint64 // of the mapping that the lines are about; end is 0 if it is to stay
	for line := range bytes.Lines(maps) {
		// proc_pid_smaps(5): a line with address, rights, offset, device, inode and file,
		// if there is one, then a line for each fact.
		f := bytes.Fields(line)
		switch from, to, mapping := bytes.Cut(f[0], []byte{'-'}); {
		case mapping:
			start, end = 0, 0
			if len(f) == 6 && string(f[5]) == program && f[1][1] != 'w' {
				start, _ = strconv.ParseUint(string(from), 16, 64)
				end, _ = strconv.ParseUint(string(to), 16, 64)
			}
		case end != 0 && string(f[0]) == "Anonymous:" && string(f[1]) == "0":
			// No page of it differs from the file. Where one does, letting go would undo
			// that: what is protected from writing now was written when it was relocated.
			unix.Syscall(unix.SYS_MADVISE, uintptr(start), uintptr(end-start), unix.MADV_DONTNEED)
		}
	}
}
