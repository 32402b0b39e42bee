package live

import "fmt"

// RightsError says that this user may not capture.
type RightsError struct {
	What string // what was tried
	Err  error
	hint string
}

// Error implements error.
func (e *RightsError) Error() string { return fmt.Sprintf("%s: %v", e.What, e.Err) }

// Unwrap returns the error of the operating system.
func (e *RightsError) Unwrap() error { return e.Err }

// Hint says how to get the right.
func (e *RightsError) Hint() string { return e.hint }

// LibraryError says that there is nothing on this system to capture with.
type LibraryError struct {
	Name string // of the library
	Err  error
	hint string
}

// Error implements error.
func (e *LibraryError) Error() string { return fmt.Sprintf("%s: %v", e.Name, e.Err) }

// Unwrap returns the reason.
func (e *LibraryError) Unwrap() error { return e.Err }

// Hint says what to install.
func (e *LibraryError) Hint() string { return e.hint }

// NameError says that there is no interface of a name.
type NameError struct{ Name string }

// Error implements error.
func (e *NameError) Error() string { return fmt.Sprintf("%s: no such interface", e.Name) }

// Hint says where the names are.
func (e *NameError) Hint() string { return "ntlmtrace interfaces lists those of this machine" }

// GoneError says that the last interface of a source was removed.
type GoneError struct{ Name string }

// Error implements error.
func (e *GoneError) Error() string {
	return fmt.Sprintf("%s: the interface was removed", e.Name)
}
