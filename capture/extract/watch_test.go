package extract

import (
	"testing"

	"ntlmtrace/capture"
	"ntlmtrace/capture/tcp"
)

// datagramReader is a reader that marks every datagram as wanted.
type datagramReader struct {
	reader
	datagrams int
}

func (r *datagramReader) WantsDatagrams() bool { return true }

func (r *datagramReader) Datagram(*capture.Datagram) {
	r.datagrams++
	r.keeper.Mark()
}

// TestWatchPassesDatagrams holds that datagrams reach a consumer that takes
// them, and that what they mark is of no connection.
func TestWatchPassesDatagrams(t *testing.T) {
	k := New(Options{}, new(list))
	if _, ok := k.Watch(&reader{k}).(tcp.DatagramConsumer); ok {
		t.Error("a consumer of connections takes datagrams")
	}
	r := &datagramReader{reader: reader{k}}
	d, ok := k.Watch(r).(tcp.DatagramConsumer)
	if !ok {
		t.Fatal("the consumer takes no datagrams")
	}
	d.Datagram(new(capture.Datagram))
	if r.datagrams != 1 || k.marked {
		t.Errorf("%d datagrams, marked %v", r.datagrams, k.marked)
	}
}
