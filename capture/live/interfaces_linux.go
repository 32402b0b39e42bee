package live

// Interfaces returns all interfaces of this machine.
func Interfaces() ([]Interface, error) {
	links, err := allLinks()
	if err != nil {
		return nil, err
	}
	list := make([]Interface, len(links))
	for i, e := range links {
		list[i] = e.describe()
		list[i].Addrs = addrsOf(e.index)
	}
	return list, nil
}
