//go:build !linux && !darwin

package live

import "errors"

// DropRights does nothing here: rights that a process has once it cannot give
// up on this system. Naming a user is an error.
func DropRights(user string) (string, error) {
	if user != "" {
		return "", errors.New("this system has no way to go on as another user")
	}
	return "keeps its rights: this system has no way to give them up", nil
}
