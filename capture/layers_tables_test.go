package capture

import (
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/google/gopacket/layers"
)

// TestMain drops the tables of gopacket first where TestDropTables asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("NTLMTRACE_TEST_DROP_TABLES") != "" {
		DropTables()
	}
	os.Exit(m.Run())
}

// TestDropTables runs the tests of all link layers and tunnels without the tables, in
// another process: they are gone for good.
func TestDropTables(t *testing.T) {
	if os.Getenv("NTLMTRACE_TEST_DROP_TABLES") == "" {
		test := exec.Command(os.Args[0], "-test.run", "^(TestDropTables|TestDecode|TestNotDecoded|TestDirectionMark|TestCutPayload)$")
		test.Env = append(os.Environ(), "NTLMTRACE_TEST_DROP_TABLES=1")
		if out, err := test.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if layers.EthernetTypeIPv4.String() != "IPv4" {
			t.Error("the tables of this process are gone")
		}
		return
	}
	if runtime.GOOS != "linux" {
		return
	}
	for i := range layers.EthernetTypeMetadata {
		if e, p := &layers.EthernetTypeMetadata[i], &layers.PPPTypeMetadata[i]; e.DecodeWith != nil || e.Name != "" || p.DecodeWith != nil || p.Name != "" {
			t.Fatalf("entry %d is still there", i)
		}
	}
}
