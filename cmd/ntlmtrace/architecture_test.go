package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Which package may import which. The line is capture <- decode <- analysis <-
// cmd/ntlmtrace.

const module = "ntlmtrace"

// mayImport says what the production code of each package may import of ours.
var mayImport = map[string][]string{
	"internal/slots":    {},
	"internal/freelist": {},

	"capture":                   {},
	"capture/internal/assigned": {},
	"capture/file":              {"capture"},
	"capture/packet":            {"capture", "capture/internal/assigned"},
	"capture/tcp":               {"capture", "capture/packet", "internal/slots"},
	"capture/clock":             {"capture", "capture/packet"},
	"capture/filter":            {"capture", "capture/internal/assigned"},
	"capture/live":              {"capture"},
	"capture/extract":           {"capture", "capture/file", "capture/packet", "capture/tcp"},

	"decode/internal/der":  {},
	"decode/internal/slab": {},
	"decode/ntlm":          {},
	"decode/spnego":        {"decode/internal/der"},
	"decode/kerberos":      {"decode/internal/der"},
	"decode/token":         {"decode/kerberos", "decode/ntlm", "decode/spnego"},
	"decode/auth":          {"capture", "decode/token"},
	"decode/carrier":       {"capture", "capture/tcp", "decode/auth"},
	"decode/http":          {"capture", "capture/tcp", "decode/auth", "decode/carrier", "decode/internal/slab", "decode/ntlm", "decode/spnego", "decode/token", "internal/freelist"},
	"decode":               {"capture", "capture/tcp", "decode/auth", "decode/carrier", "decode/http", "decode/internal/slab"},

	// Rules know the trace, and neither each other nor the engine.
	"analysis/report":          {},
	"analysis/internal/table":  {"internal/slots"},
	"analysis/internal/ring":   {},
	"analysis/internal/recent": {},
	"analysis/machine":         {"analysis/internal/table", "capture"},
	"analysis/trace":           {"analysis/internal/recent", "analysis/internal/ring", "analysis/internal/table", "analysis/machine", "analysis/report", "capture", "decode", "decode/auth", "decode/ntlm", "decode/token", "internal/freelist", "internal/slots"},
	"analysis/rules/doublehop": {"analysis/internal/recent", "analysis/machine", "analysis/report", "analysis/trace", "decode/auth"},
	"analysis/rules/affinity":  {"analysis/internal/recent", "analysis/machine", "analysis/report", "analysis/trace", "capture", "decode/auth", "decode/ntlm"},
	"analysis/rules/kerberos":  {"analysis/internal/recent", "analysis/report", "analysis/trace", "decode/auth", "decode/kerberos"},
	"analysis/rules/protocol":  {"analysis/internal/recent", "analysis/report", "analysis/trace", "decode/ntlm"},
	"analysis/rules/abuse":     {"analysis/internal/recent", "analysis/report", "analysis/trace", "decode/ntlm"},
	"analysis/rules/quality":   {"analysis/internal/recent", "analysis/report", "analysis/trace", "decode/auth"},
	"analysis/rules":           {"analysis/report", "analysis/rules/abuse", "analysis/rules/affinity", "analysis/rules/doublehop", "analysis/rules/kerberos", "analysis/rules/protocol", "analysis/rules/quality", "analysis/trace"},
	"analysis":                 {"analysis/internal/ring", "analysis/internal/table", "analysis/machine", "analysis/report", "analysis/rules", "analysis/trace", "capture", "decode/auth", "decode/ntlm", "decode/spnego", "decode/token", "internal/freelist", "internal/slots"},

	"cmd/ntlmtrace": {
		"analysis", "analysis/report", "analysis/rules", "capture", "capture/extract", "capture/filter", "capture/live", "capture/tcp",
	},

	// Beside the command. First what several of them use.
	"cmd/ntlmtrace/internal/safe":          {},
	"cmd/ntlmtrace/internal/units":         {},
	"cmd/ntlmtrace/internal/usage":         {},
	"cmd/ntlmtrace/internal/term":          {},
	"cmd/ntlmtrace/internal/notes":         beside("safe"),
	"cmd/ntlmtrace/internal/result":        beside("analysis/report"),
	"cmd/ntlmtrace/internal/watch":         beside("analysis/report"),
	"cmd/ntlmtrace/internal/grid":          beside("safe", "term"),
	"cmd/ntlmtrace/internal/fields":        beside("safe", "term", "decode/kerberos", "decode/ntlm", "decode/spnego", "decode/token"),
	"cmd/ntlmtrace/internal/words":         beside("result", "safe", "term", "units", "analysis/report"),
	"cmd/ntlmtrace/internal/write":         beside("notes", "result", "units", "usage", "capture", "capture/extract", "capture/tcp", "decode/auth"),
	"cmd/ntlmtrace/internal/output/format": beside("result", "term", "watch", "analysis/report"),

	// Then one subject each; live alone uses another of them.
	"cmd/ntlmtrace/internal/live":         beside("notes", "result", "run", "safe", "term", "units", "watch", "words", "write", "analysis", "analysis/report", "capture", "capture/filter", "capture/live", "decode/auth"),
	"cmd/ntlmtrace/internal/metrics":      beside("notes", "usage", "watch", "analysis/report"),
	"cmd/ntlmtrace/internal/output":       beside("output/format", "output/json", "output/table", "usage"),
	"cmd/ntlmtrace/internal/output/json":  beside("output/format", "result", "watch", "analysis/report"),
	"cmd/ntlmtrace/internal/output/table": beside("grid", "output/format", "result", "safe", "term", "units", "words", "analysis/report"),
	"cmd/ntlmtrace/internal/probe":        beside("fields", "term"),
	"cmd/ntlmtrace/internal/run":          beside("notes", "result", "write", "analysis", "analysis/report", "capture", "capture/clock", "capture/extract", "capture/file", "capture/filter", "capture/live", "capture/tcp", "decode", "decode/auth", "decode/ntlm", "decode/token"),
	"cmd/ntlmtrace/internal/tui":          beside("grid", "result", "safe", "term", "units", "watch", "words", "analysis/report"),
}

// besideCommand is where the packages are that only the command uses.
const besideCommand = "cmd/ntlmtrace/internal/"

// beside returns names of packages; those that begin with no part of the import
// line are beside the command.
func beside(names ...string) []string {
	for i, n := range names {
		switch first, _, _ := strings.Cut(n, "/"); first {
		case "capture", "decode", "analysis":
		default:
			names[i] = besideCommand + n
		}
	}
	return names
}

// engine is the package that formats, the screen and the metrics do without:
// they see analysis/report.
const engine = "analysis"

// mayImportEngine lists who may import the engine, for good.
var mayImportEngine = []string{"cmd/ntlmtrace", "cmd/ntlmtrace/internal/run", "cmd/ntlmtrace/internal/live"}

// mayUse says which packages may use a module of others.
var mayUse = map[string][]string{
	"github.com/google/gopacket":      {"capture/packet"},
	"github.com/google/gopacket/pcap": {"capture/live"},
	"github.com/ebitengine/purego":    {"capture/live"},
	"github.com/klauspost/compress":   {"capture/file"},
	"github.com/Azure/go-ntlmssp":     beside("probe"),
	"github.com/olekukonko":           beside("grid"),
	"github.com/prometheus":           beside("metrics"),
	"github.com/schollz/progressbar":  beside("term"),
	"github.com/spf13/cobra":          {"cmd/ntlmtrace"},
	"charm.land/bubbletea":            beside("tui"),
	"github.com/mattn/go-runewidth":   beside("tui"),
	"kernel.org/pub/linux/libs":       {"capture/live"},
	"golang.org/x/net/bpf":            beside("live", "capture/filter", "capture/live"),
	"golang.org/x/term":               beside("term"),
	"golang.org/x/sys":                beside("live", "term", "capture/live"),
	"github.com/santhosh-tekuri":      {},
	"github.com/rogpeppe/go-internal": {},
}

// sourceFile is a file of the module that is no test.
type sourceFile struct {
	dir     string // folder from the root of the module, with slashes
	name    string
	imports []string
	tree    *ast.File
}

// sources parses the packages that ship; samples and packages called *test
// serve tests.
func sources(t *testing.T) []sourceFile {
	t.Helper()
	const root = "../.."
	var files []sourceFile
	for dir := range mayImport {
		names, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			f := sourceFile{dir: dir, name: filepath.Base(name), tree: tree}
			for _, i := range tree.Imports {
				p, _ := strconv.Unquote(i.Path.Value)
				f.imports = append(f.imports, p)
			}
			files = append(files, f)
		}
	}
	return files
}

func TestImportLine(t *testing.T) {
	for _, f := range sources(t) {
		for _, i := range f.imports {
			first, _, _ := strings.Cut(i, "/")
			switch {
			case first == module:
				dir := strings.TrimPrefix(i, module+"/")
				if f.dir == "cmd/ntlmtrace" && strings.HasPrefix(dir, besideCommand) {
					continue // the command wires all of them
				}
				if !slices.Contains(mayImport[f.dir], dir) {
					t.Errorf("%s/%s imports %s, which is not before it in the line", f.dir, f.name, dir)
				}
			case strings.Contains(first, "."):
				if !usable(f.dir, i) {
					t.Errorf("%s/%s imports %s, which is not for this package", f.dir, f.name, i)
				}
			}
		}
	}
}

// usable goes by the longest path in mayUse that imported is below.
// TestFormatsDoWithoutTheEngine holds that what shows results sees them alone.
func TestFormatsDoWithoutTheEngine(t *testing.T) {
	for _, f := range sources(t) {
		if strings.HasPrefix(f.dir, besideCommand) && slices.Contains(f.imports, module+"/"+engine) && !slices.Contains(mayImportEngine, f.dir) {
			t.Errorf("%s/%s imports %s: formats see analysis/report", f.dir, f.name, engine)
		}
	}
}

func usable(dir, imported string) bool {
	for ; imported != "."; imported = path.Dir(imported) {
		if dirs, known := mayUse[imported]; known {
			return slices.Contains(dirs, dir)
		}
	}
	return false
}

// TestEveryPackageIsListed finds a new folder of code that mayImport does not
// know.
func TestEveryPackageIsListed(t *testing.T) {
	const root = "../.."
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		dir, _ := filepath.Rel(root, name)
		dir = filepath.ToSlash(dir)
		base := path.Base(dir)
		if base == "testdata" || dir != "." && strings.HasPrefix(base, ".") || dir == "samples" || strings.HasSuffix(base, "test") {
			return fs.SkipDir
		}
		if code, _ := filepath.Glob(filepath.Join(name, "*.go")); len(code) > 0 && mayImport[dir] == nil {
			t.Errorf("the package %s is not in mayImport", dir)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNobodyPrints holds that only the command touches the terminal, the
// environment, the clock and the exit status. Live capture is at the edge too:
// it waits by the clock, and finds who called sudo in the environment.
func TestNobodyPrints(t *testing.T) {
	banned := map[string][]string{
		"fmt":  {"Print", "Printf", "Println"},
		"os":   {"Exit", "Stdout", "Stderr", "Getenv", "LookupEnv", "Args"},
		"time": {"Now", "Since", "Sleep", "After"},
	}
	for _, f := range sources(t) {
		if f.dir == "cmd/ntlmtrace" {
			continue
		}
		if slices.Contains(f.imports, "log") && !atTheEdge(f.dir, "log", "New") || slices.Contains(f.imports, "flag") {
			t.Errorf("%s/%s imports log or flag", f.dir, f.name)
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if p, ok := s.X.(*ast.Ident); ok && !atTheEdge(f.dir, p.Name, s.Sel.Name) && slices.Contains(banned[p.Name], s.Sel.Name) {
				t.Errorf("%s/%s uses %s.%s", f.dir, f.name, p.Name, s.Sel.Name)
			}
			return true
		})
	}
}

// edge lists what packages at the edge of the program may use of the banned
// names.
var edge = map[string][]string{
	"capture/live":                   {"time.Now", "os.Getenv"},
	"cmd/ntlmtrace/internal/live":    {"os.Stdout", "time.Now"},
	"cmd/ntlmtrace/internal/metrics": {"log.New"}, // a server of net/http wants one: it writes nowhere
	"cmd/ntlmtrace/internal/term":    {"os.Getenv", "time.Now"},
	"cmd/ntlmtrace/internal/tui":     {"os.Getenv", "time.Now", "time.After"},
}

func atTheEdge(dir, pkg, name string) bool { return slices.Contains(edge[dir], pkg+"."+name) }
