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

// The rules of the house: which room may import which. The line is
// capture <- decode <- analysis <- cmd/ntlmtrace.

const module = "ntlmtrace"

// mayImport says what the production code of each room may import of ours.
var mayImport = map[string][]string{
	"capture":                   {},
	"capture/internal/assigned": {},
	"internal/slots":            {},
	"internal/spare":            {},
	"capture/file":              {"capture"},
	"capture/packet":            {"capture", "capture/internal/assigned"},
	"capture/tcp":               {"capture", "capture/packet", "internal/slots"},
	"capture/clock":             {"capture", "capture/packet"},
	"capture/filter":            {"capture", "capture/internal/assigned"},
	"capture/live":              {"capture"},
	"capture/extract":           {"capture", "capture/file", "capture/packet", "capture/tcp"},
	"decode/internal/der":       {},
	"decode/ntlm":               {},
	"decode/spnego":             {"decode/internal/der"},
	"decode/kerberos":           {"decode/internal/der"},
	"decode":                    {"capture", "capture/tcp", "decode/ntlm", "decode/spnego", "decode/kerberos", "internal/spare"},
	"analysis":                  {"capture", "decode", "decode/ntlm", "decode/spnego", "decode/kerberos", "internal/slots", "internal/spare"},
	"cmd/ntlmtrace": {
		"capture", "capture/extract", "capture/filter", "capture/live", "capture/tcp", "analysis",
	},

	// Beside the command: the words that several of them use, then one subject each.
	"cmd/ntlmtrace/internal/safe":   {},
	"cmd/ntlmtrace/internal/units":  {},
	"cmd/ntlmtrace/internal/usage":  {},
	"cmd/ntlmtrace/internal/term":   {},
	"cmd/ntlmtrace/internal/notes":  below("safe"),
	"cmd/ntlmtrace/internal/result": {"analysis"},
	"cmd/ntlmtrace/internal/watch":  {"analysis"},
	"cmd/ntlmtrace/internal/grid":   below("safe", "term"),
	"cmd/ntlmtrace/internal/fields": append(below("safe", "term"), "decode", "decode/ntlm", "decode/spnego", "decode/kerberos"),
	"cmd/ntlmtrace/internal/words":  append(below("result", "safe", "term", "units"), "analysis"),

	"cmd/ntlmtrace/internal/metrics":       append(below("notes", "usage", "watch"), "analysis"),
	"cmd/ntlmtrace/internal/output":        below("output/format", "output/json", "output/table", "usage"),
	"cmd/ntlmtrace/internal/output/format": append(below("result", "term", "watch"), "analysis"),
	"cmd/ntlmtrace/internal/output/json":   append(below("output/format", "result", "watch"), "analysis"),
	"cmd/ntlmtrace/internal/output/table":  append(below("grid", "output/format", "result", "safe", "term", "units", "words"), "analysis"),
	"cmd/ntlmtrace/internal/live": append(below("notes", "result", "run", "safe", "term", "units", "watch", "words", "write"),
		"analysis", "capture", "capture/filter", "capture/live"),
	"cmd/ntlmtrace/internal/run": append(below("notes", "result", "write"),
		"analysis", "capture", "capture/clock", "capture/file", "capture/filter", "capture/tcp", "decode"),
	"cmd/ntlmtrace/internal/write": append(below("notes", "result", "units", "usage"), "capture", "capture/extract", "capture/tcp", "decode"),

	"cmd/ntlmtrace/internal/probe": below("fields", "term"),
	"cmd/ntlmtrace/internal/tui":   append(below("grid", "result", "safe", "term", "units", "watch", "words"), "analysis"),
}

// below returns the names of packages beside the command.
func below(names ...string) []string {
	for i, n := range names {
		names[i] = "cmd/ntlmtrace/internal/" + n
	}
	return names
}

// mayUse says which rooms may use a module of others.
var mayUse = map[string][]string{
	"github.com/google/gopacket":      {"capture/packet"},
	"github.com/google/gopacket/pcap": {"capture/live"},
	"github.com/ebitengine/purego":    {"capture/live"},
	"github.com/klauspost/compress":   {"capture/file"},
	"github.com/Azure/go-ntlmssp":     below("probe"),
	"github.com/olekukonko":           below("grid"),
	"github.com/prometheus":           below("metrics"),
	"github.com/schollz/progressbar":  below("term"),
	"github.com/spf13/cobra":          {"cmd/ntlmtrace"},
	"charm.land/bubbletea":            below("tui"),
	"github.com/mattn/go-runewidth":   below("tui"),
	"kernel.org/pub/linux/libs":       {"capture/live"},
	"golang.org/x/net/bpf":            append(below("live"), "capture/filter", "capture/live"),
	"golang.org/x/term":               below("term"),
	"golang.org/x/sys":                append(below("live", "term"), "capture/live"),
	"github.com/santhosh-tekuri":      {},
	"github.com/rogpeppe/go-internal": {},
}

// sourceFile is a file of the module that is no test.
type sourceFile struct {
	room    string // folder from the root of the module, with slashes
	name    string
	imports []string
	tree    *ast.File
}

// sources parses the rooms that ship; samples and rooms called *test serve tests.
func sources(t *testing.T) []sourceFile {
	t.Helper()
	const root = "../.."
	var files []sourceFile
	for room := range mayImport {
		names, err := filepath.Glob(filepath.Join(root, room, "*.go"))
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
			f := sourceFile{room: room, name: filepath.Base(name), tree: tree}
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
				room := strings.TrimPrefix(i, module+"/")
				if f.room == "cmd/ntlmtrace" && strings.HasPrefix(room, "cmd/ntlmtrace/internal/") {
					continue // the command wires all of them
				}
				if !slices.Contains(mayImport[f.room], room) {
					t.Errorf("%s/%s imports %s, which is not before it in the line", f.room, f.name, room)
				}
			case strings.Contains(first, "."):
				if !usable(f.room, i) {
					t.Errorf("%s/%s imports %s, which is not for this room", f.room, f.name, i)
				}
			}
		}
	}
}

// usable goes by the longest path in mayUse that imported is below.
func usable(room, imported string) bool {
	for ; imported != "."; imported = path.Dir(imported) {
		if rooms, known := mayUse[imported]; known {
			return slices.Contains(rooms, room)
		}
	}
	return false
}

// TestEveryRoomIsListed finds a new folder of code that mayImport does not know.
func TestEveryRoomIsListed(t *testing.T) {
	const root = "../.."
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		room, _ := filepath.Rel(root, name)
		room = filepath.ToSlash(room)
		base := path.Base(room)
		if base == "testdata" || room != "." && strings.HasPrefix(base, ".") || room == "samples" || strings.HasSuffix(base, "test") {
			return fs.SkipDir
		}
		if code, _ := filepath.Glob(filepath.Join(name, "*.go")); len(code) > 0 && mayImport[room] == nil {
			t.Errorf("the room %s is not in mayImport", room)
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
		if f.room == "cmd/ntlmtrace" {
			continue
		}
		if slices.Contains(f.imports, "log") && !atTheEdge(f.room, "log", "New") || slices.Contains(f.imports, "flag") {
			t.Errorf("%s/%s imports log or flag", f.room, f.name)
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if p, ok := s.X.(*ast.Ident); ok && !atTheEdge(f.room, p.Name, s.Sel.Name) && slices.Contains(banned[p.Name], s.Sel.Name) {
				t.Errorf("%s/%s uses %s.%s", f.room, f.name, p.Name, s.Sel.Name)
			}
			return true
		})
	}
}

// edge lists what packages at the edge of the program may use of the banned names.
var edge = map[string][]string{
	"capture/live":                   {"time.Now", "os.Getenv"},
	"cmd/ntlmtrace/internal/live":    {"os.Stdout", "time.Now"},
	"cmd/ntlmtrace/internal/metrics": {"log.New"}, // a server of net/http wants one: it writes nowhere
	"cmd/ntlmtrace/internal/term":    {"os.Getenv", "time.Now"},
	"cmd/ntlmtrace/internal/tui":     {"os.Getenv", "time.Now", "time.After"},
}

func atTheEdge(room, pkg, name string) bool { return slices.Contains(edge[room], pkg+"."+name) }
