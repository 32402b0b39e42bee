package live

import (
	"fmt"
	"slices"

	"ntlmtrace/capture"
)

// maxInterfaces is how many interfaces a source tells apart. A machine that
// starts containers all day makes new ones without end; beyond the limit, those
// of one link type share a place.
const maxInterfaces = 4096

// table knows the interfaces of a source, in the order of
// capture.Packet.Interface.
type table struct {
	list   []Interface // without addresses
	types  []uint16    // the device type of each
	places map[int]int // index of the operating system to place in list; those that were removed have none
	others map[capture.LinkType]int
	closed bool   // the interfaces were chosen by name: no other is taken in
	gone   string // name of the one that was removed last
	notes  notes
}

func newTable(closed bool) *table {
	return &table{places: map[int]int{}, others: map[capture.LinkType]int{}, closed: closed}
}

// place returns the place of an interface whose packets are of a device type.
func (t *table) place(index int, hatype uint16) (place int, ok bool) {
	place, ok = t.places[index]
	return place, ok && t.types[place] == hatype
}

// add returns a new interface a place.
func (t *table) add(e linkEvent) int {
	link := linkOf(e.hatype)
	if len(t.places) >= maxInterfaces || len(t.list) >= maxInterfaces {
		return t.other(link)
	}
	t.places[e.index] = len(t.list)
	return t.extend(e.describe(), e.hatype)
}

// other returns the place that interfaces beyond the limit share.
func (t *table) other(link capture.LinkType) int {
	place, ok := t.others[link]
	if !ok {
		place = t.extend(Interface{Name: "others", Link: link}, 0)
		t.others[link] = place
	}
	return place
}

func (t *table) extend(i Interface, hatype uint16) int {
	t.list = append(t.list, i)
	t.types = append(t.types, hatype)
	return len(t.list) - 1
}

// change takes in what the kernel tells, and notes it.
func (t *table) change(e linkEvent) {
	place, known := t.places[e.index]
	switch {
	case e.gone && known:
		t.notes.add("%s: the interface was removed", t.list[place].Name)
		t.list[place].Up = false
		t.gone = t.list[place].Name
		delete(t.places, e.index)
	case e.gone:
	case known:
		t.update(&t.list[place], e)
	case !t.closed:
		t.notes.add("%s: a new interface", e.name)
		t.add(e)
	}
}

// update notes how the state of an interface changed.
func (t *table) update(i *Interface, e linkEvent) {
	if e.name != "" && e.name != i.Name {
		t.notes.add("%s: the interface is now called %s", i.Name, e.name)
		i.Name = e.name
	}
	if e.up == i.Up {
		return
	}
	i.Up = e.up
	if e.up {
		t.notes.add("%s: the link is up", i.Name)
	} else {
		t.notes.add("%s: the link is down", i.Name)
	}
}

// resync takes in the state of every interface: what is not in it was removed.
func (t *table) resync(all []linkEvent) {
	left := map[int]bool{}
	for _, e := range all {
		left[e.index] = true
		t.change(e)
	}
	var gone []int
	for index := range t.places {
		if !left[index] {
			gone = append(gone, index)
		}
	}
	slices.Sort(gone)
	for _, index := range gone {
		t.change(linkEvent{index: index, gone: true})
	}
}

// stray returns a place to a packet of an interface that the kernel has not
// reported of, or that changed its type.
func (t *table) stray(index int, hatype uint16) int {
	return t.add(linkEvent{index: index, name: fmt.Sprintf("interface %d", index), hatype: hatype})
}
