package analysis_test

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ntlmtrace/analysis"
	"ntlmtrace/analysis/analysistest"
	"ntlmtrace/analysis/report"
	"ntlmtrace/capture/capturetest/packettest"
	"ntlmtrace/capture/file"
)

// TestSharedCaptures reads real captures. Where there is no NTLM and no Basic
// in HTTP there is nothing to warn of; where there is, no logon in these
// captures was misused or led astray.
func TestSharedCaptures(t *testing.T) {
	dir := sharedCaptures(t)
	for _, row := range catalog(t, filepath.Join(dir, "catalog.tsv")) {
		name := filepath.Join(dir, "files", row["name"])
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		t.Run(row["name"], func(t *testing.T) {
			r, err := analysistest.Read(b, analysis.Options{})
			var damage *file.DamageError
			if err != nil && !errors.As(err, &damage) && !errors.Is(err, file.ErrNotCapture) {
				t.Fatal(err)
			}
			quiet := !speaksOfLogons(row)
			for _, f := range r.Findings {
				id := f.Rule.ID
				if quiet && f.Severity > report.Info || misuse(id) || astray(id) {
					t.Errorf("%s %s/%s x%d: %s", id, f.Severity, f.Confidence, f.Count, f.Summary)
				}
			}
		})
	}
}

// speaksOfLogons reports whether tshark found NTLM, Basic or a field with
// credentials in HTTP.
func speaksOfLogons(row map[string]string) bool {
	for _, column := range []string{"http_authorization", "http_www_authenticate", "proxy_authorization", "proxy_authenticate", "basic_credentials"} {
		if v := row[column]; v != "" && v != "0" {
			return true
		}
	}
	return strings.Contains(row["ntlm_carriers"], "http")
}

// sharedCaptures gives the folder of captures beside the project.
func sharedCaptures(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(packettest.SharedDir(t), "captures")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the captures are not here: ", err)
	}
	return dir
}

// catalog reads the table of captures, each row by the names of its columns.
func catalog(t *testing.T, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatal("catalog: ", err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, v := range row {
			if i < len(rows[0]) {
				m[rows[0][i]] = v
			}
		}
		out = append(out, m)
	}
	return out
}
