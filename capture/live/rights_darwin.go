package live

import (
	"fmt"
	"os"
	"syscall"
)

// DropRights returns up for good what only Open needs. From root the process
// becomes the user of that name or number, else the one that called sudo, else
// it keeps its user; it leaves no core dump. It says in words what was done. A
// source that is open goes on.
func DropRights(user string) (string, error) {
	a, changed, err := become(user)
	if err != nil {
		return "", err
	}
	if err := noCore(); err != nil {
		return "", err
	}
	switch {
	case changed:
		return fmt.Sprintf("runs as %s (uid %d, gid %d) from now on, without core dumps", a.name, a.uid, a.gid), nil
	case os.Geteuid() == 0:
		return "stays root, for no other user is named, without core dumps", nil
	}
	return fmt.Sprintf("stays uid %d, without core dumps", os.Geteuid()), nil
}

// setIDs sets groups, gid and uid, in that order: each needs what the next
// takes. For root, setgid and setuid set the saved ids too.
func setIDs(a account) error {
	if err := syscall.Setgroups([]int{a.gid}); err != nil {
		return fmt.Errorf("setgroups: %w", err)
	}
	if err := syscall.Setgid(a.gid); err != nil {
		return fmt.Errorf("setgid: %w", err)
	}
	if err := syscall.Setuid(a.uid); err != nil {
		return fmt.Errorf("setuid: %w", err)
	}
	return nil
}
