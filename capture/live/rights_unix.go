//go:build linux || darwin

package live

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is the user that the process becomes.
type account struct {
	name     string // as it is shown
	uid, gid int
}

// newAccount finds the user to become: the one that is named, else the one that
// called sudo, else none.
func newAccount(name string) (a account, ok bool, err error) {
	if name != "" {
		a, err = accountNamed(name)
		return a, err == nil, err
	}
	if os.Geteuid() != 0 {
		return account{}, false, nil
	}
	uid, err1 := strconv.Atoi(os.Getenv("SUDO_UID"))
	gid, err2 := strconv.Atoi(os.Getenv("SUDO_GID"))
	if err1 != nil || err2 != nil || uid <= 0 || gid < 0 {
		return account{}, false, nil
	}
	a = account{name: "uid " + strconv.Itoa(uid), uid: uid, gid: gid}
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		a.name = u.Username
	}
	return a, true, nil
}

// accountNamed looks a user up by name or number. A number needs no entry, as
// in containers.
func accountNamed(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		uid, notNumber := strconv.Atoi(name)
		if notNumber != nil || uid < 0 {
			return account{}, fmt.Errorf("user %q: %w", name, err)
		}
		if u, err = user.LookupId(name); err != nil {
			return account{name: "uid " + name, uid: uid, gid: uid}, nil
		}
	}
	a := account{name: u.Username}
	if a.uid, err = strconv.Atoi(u.Uid); err != nil {
		return account{}, fmt.Errorf("user %q: uid %q", name, u.Uid)
	}
	if a.gid, err = strconv.Atoi(u.Gid); err != nil {
		return account{}, fmt.Errorf("user %q: gid %q", name, u.Gid)
	}
	return a, nil
}

// become makes every thread of the process that of a user, for good: the saved
// ids go too. It reports whether anything changed.
func become(name string) (a account, changed bool, err error) {
	a, ok, err := newAccount(name)
	if err != nil || !ok {
		return a, false, err
	}
	if os.Geteuid() != 0 {
		if a.uid == os.Getuid() && a.uid == os.Geteuid() {
			return a, false, nil
		}
		return a, false, fmt.Errorf("only root can become %s", a.name)
	}
	if err := setIDs(a); err != nil {
		return a, false, fmt.Errorf("become %s: %w", a.name, err)
	}
	return a, true, nil
}

// noCore makes core dumps empty: they would hold what was captured.
func noCore() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("turn core dumps off: %w", err)
	}
	return nil
}
