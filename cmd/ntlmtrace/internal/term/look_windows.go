package term

import "golang.org/x/sys/windows"

// showsEscapes asks the console to obey escape sequences, which Windows 10 and
// later can, and reports whether it does.
func showsEscapes(fd int) bool {
	h := windows.Handle(fd)
	var mode uint32
	if err := windows.GetConsoleMode(h, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(h, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
