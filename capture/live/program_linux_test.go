package live

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"ntlmtrace/capture"
)

// number42 keeps the frames that bear the number 42 behind an Ethernet header.
func number42(link capture.LinkType) []bpf.RawInstruction {
	if link != capture.LinkEthernet {
		return nil
	}
	p, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 14, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 42, SkipFalse: 1},
		bpf.RetConstant{Val: 0x40000},
		bpf.RetConstant{Val: 0},
	})
	if err != nil {
		panic(err)
	}
	return p
}

// TestFilter holds that the kernel filters, alone, among several interfaces and
// on all of them.
func TestFilter(t *testing.T) {
	namespace(t)
	pair(t, "va", "vb")
	pair(t, "vc", "vd")
	for _, names := range [][]string{{"vb"}, {"vb", "vd"}, {"any"}} {
		s := source(t, Options{Interfaces: names, Filter: number42})
		a := newSender(t, "va")
		for i := range 100 {
			a.send(frame(i, 60))
		}
		want := 1
		if names[0] == "any" {
			want = 2 // it is sent by a and arrives at b
		}
		for range want {
			if p := next(t, s); !bytes.Equal(p.Data, frame(42, 60)) {
				t.Errorf("%v: %x", names, p.Data)
			}
		}
		wantNoPacket(t, s)
		if got := s.Stats().Received; got != int64(want) {
			t.Errorf("%v: %d packets passed the filter", names, got)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	namespace(t)
	var name *NameError
	if _, err := Open(Options{Interfaces: []string{"lo", "none"}}); !errors.As(err, &name) || name.Name != "none" {
		t.Errorf("got %v", err)
	}
	for _, list := range [][]string{nil, {"any", "lo"}} {
		if _, err := Open(Options{Interfaces: list}); err == nil {
			t.Errorf("%q: no error", list)
		}
	}
	long := func(capture.LinkType) []bpf.RawInstruction { return make([]bpf.RawInstruction, maxProgram+1) }
	if _, err := Open(Options{Interfaces: []string{"lo"}, Filter: long}); err == nil {
		t.Error("a filter that is too long: no error")
	}
	bad := func(capture.LinkType) []bpf.RawInstruction { return []bpf.RawInstruction{{Op: 0xffff}} }
	if _, err := Open(Options{Interfaces: []string{"lo"}, Filter: bad}); !errors.Is(err, unix.EINVAL) {
		t.Errorf("a filter that is none: %v", err)
	}
}
