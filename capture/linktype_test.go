package capture

import "testing"

func TestLinkTypeNames(t *testing.T) {
	for link, want := range map[LinkType]string{
		LinkEthernet: "ETHERNET", LinkLinuxSLL2: "LINUX_SLL2", LinkRawBSD: "RAW", LinkRaw: "RAW",
		147: "LINKTYPE 147", 1<<26 - 1: "LINKTYPE 67108863",
	} {
		if got := link.String(); got != want {
			t.Errorf("%d: %q, want %q", uint32(link), got, want)
		}
	}
}
