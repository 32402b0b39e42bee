package live

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
	"kernel.org/pub/linux/libs/security/libcap/psx"
)

// DropRights returns up for good what only Open needs. From root the process
// becomes the user of that name or number, else the one that called sudo, else
// it keeps its user; from there on it has no capability, gains none by running
// a program, and leaves no core dump. It says in words what was done. A source
// that is open goes on.
func DropRights(user string) (string, error) {
	// The bounding set first: it takes a capability to change it, and a process
	// that lacks that has nothing to lose by it.
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if everyThread(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, c) != nil {
			break
		}
	}
	a, changed, err := become(user)
	if err != nil {
		return "", err
	}
	if err := dropCapabilities(); err != nil {
		return "", err
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return "", fmt.Errorf("keep others from reading memory: %w", err)
	}
	if err := noCore(); err != nil {
		return "", err
	}
	return said(a, changed), nil
}

// said tells what DropRights did.
func said(a account, changed bool) string {
	var b strings.Builder
	switch {
	case changed:
		fmt.Fprintf(&b, "runs as %s (uid %d, gid %d) from now on", a.name, a.uid, a.gid)
	case os.Geteuid() == 0:
		b.WriteString("stays root, for no other user is named")
	default:
		fmt.Fprintf(&b, "stays uid %d", os.Geteuid())
	}
	b.WriteString(", without capabilities and core dumps")
	return b.String()
}

// setIDs sets groups, gid and uid, in that order: each needs what the next
// takes.
func setIDs(a account) error {
	if err := syscall.Setgroups([]int{a.gid}); err != nil {
		return fmt.Errorf("setgroups: %w", err)
	}
	if err := syscall.Setresgid(a.gid, a.gid, a.gid); err != nil {
		return fmt.Errorf("setresgid: %w", err)
	}
	if err := syscall.Setresuid(a.uid, a.uid, a.uid); err != nil {
		return fmt.Errorf("setresuid: %w", err)
	}
	return nil
}

// dropCapabilities empties the sets of every thread; the ambient set, which is
// never larger, goes with them.
func dropCapabilities() error {
	if err := everyThread(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return fmt.Errorf("gain no more rights: %w", err)
	}
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if _, _, e := psx.Syscall3(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&head)), uintptr(unsafe.Pointer(&none[0])), 0); e != 0 {
		return fmt.Errorf("give up capabilities: %w", e)
	}
	return nil
}

// everyThread makes a system call in each thread of the process, also in those
// that start later: they are copies. Arguments that are left out are 0. The
// runtime can do that by itself in a build without cgo only.
func everyThread(call, a, b uintptr) error {
	if _, _, e := psx.Syscall6(call, a, b, 0, 0, 0, 0); e != 0 {
		return e
	}
	return nil
}
