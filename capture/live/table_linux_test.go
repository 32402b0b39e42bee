package live

import (
	"fmt"
	"slices"
	"testing"

	"ntlmtrace/capture"
)

// TestInterfaceLimit holds that a machine that makes interfaces without end
// makes nothing grow, and that each packet still has an interface of its link
// type.
func TestInterfaceLimit(t *testing.T) {
	table := newTable(false)
	for i := range 3 * maxInterfaces {
		e := linkEvent{index: i + 1, name: fmt.Sprintf("veth%d", i), hatype: []uint16{arphrdEther, arphrdNone}[i%2]}
		table.change(e)
		e.gone = true
		table.change(e)
	}
	if len(table.list) > maxInterfaces+2 || len(table.places) != 0 || len(table.notes.texts) > maxNotes {
		t.Errorf("%d interfaces, %d places, %d notes", len(table.list), len(table.places), len(table.notes.texts))
	}
	if n := table.notes.take(); len(n) != maxNotes+1 || n[maxNotes] != fmt.Sprintf("%d more changes of interfaces", 4*maxInterfaces-maxNotes) {
		t.Errorf("%d notes, the last is %q", len(n), n[len(n)-1])
	}
	for _, hatype := range []uint16{arphrdEther, arphrdNone, 778, arphrdEther} {
		place := table.stray(1<<20, hatype)
		if i := table.list[place]; i.Name != "others" || i.Link != linkOf(hatype) {
			t.Errorf("a packet of type %d is of %+v", hatype, i)
		}
	}
	if len(table.list) > maxInterfaces+3 {
		t.Errorf("%d interfaces", len(table.list))
	}
}

// TestResync holds that changes that the kernel could not tell are found.
func TestResync(t *testing.T) {
	table := newTable(true)
	eth0 := linkEvent{index: 2, name: "eth0", hatype: arphrdEther, up: true}
	table.add(eth0)
	table.add(linkEvent{index: 3, name: "eth1", hatype: arphrdEther, up: true})
	eth0.up = false
	table.resync([]linkEvent{{index: 1, name: "lo"}, eth0})
	want := []string{"eth0: the link is down", "eth1: the interface was removed"}
	if got := table.notes.take(); !slices.Equal(got, want) || table.gone != "eth1" || len(table.places) != 1 {
		t.Errorf("%q, %q gone, %d left", got, table.gone, len(table.places))
	}
}

// TestTypeChange holds that an interface whose type changes, as that of a bond
// does, is a new one: a link type is for good.
func TestTypeChange(t *testing.T) {
	table := newTable(true)
	table.add(linkEvent{index: 2, name: "bond0", hatype: arphrdEther})
	if _, ok := table.place(2, 32); ok {
		t.Error("packets of another type are taken for Ethernet")
	}
	if i := table.list[table.stray(2, 32)]; i.Link != capture.LinkLinuxSLL {
		t.Errorf("InfiniBand is %v", i.Link)
	}
}
