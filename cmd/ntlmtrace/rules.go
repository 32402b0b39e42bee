package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ntlmtrace/analysis/report"
	"ntlmtrace/analysis/rules"
	"ntlmtrace/cmd/ntlmtrace/internal/grid"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
	"ntlmtrace/cmd/ntlmtrace/internal/words"
)

//go:generate go test -run TestRulesDocument -update

// newRules makes the command that lists the rules.
func newRules() *cobra.Command {
	var markdown bool
	c := &cobra.Command{
		Use:               "rules [ID]",
		Short:             "Tell what ntlmtrace looks for; with ID: the evidence, what it may be confused with, advice, references",
		Args:              atMostOne,
		ValidArgsFunction: cobra.FixedCompletions(ruleIDs(), cobra.ShellCompDirectiveNoFileComp),
	}
	c.Flags().BoolVar(&markdown, "markdown", false, "print the whole catalogue as a Markdown document")
	c.RunE = func(c *cobra.Command, args []string) error {
		w := c.OutOrStdout()
		l := term.Page{}.Look(w)
		switch {
		case markdown:
			return writeRulesDocument(w)
		case len(args) == 0:
			return writeRuleTable(w, l)
		}
		r := ruleNamed(args[0])
		if r == nil {
			return usage.Errorf("no rule is called %q", args[0])
		}
		writeRule(w, l, r)
		return nil
	}
	return c
}

// atMostOne refuses more than one argument.
func atMostOne(c *cobra.Command, args []string) error {
	if err := cobra.MaximumNArgs(1)(c, args); err != nil {
		return usage.Of(err)
	}
	return nil
}

func ruleIDs() []string {
	ids := make([]string, len(rules.Texts()))
	for i, r := range rules.Texts() {
		ids[i] = r.ID
	}
	return ids
}

func ruleNamed(id string) *report.Rule {
	for _, r := range rules.Texts() {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func writeRuleTable(w io.Writer, l term.Look) error {
	rows := make([][]string, len(rules.Texts()))
	for i, r := range rules.Texts() {
		rows[i] = []string{r.Severity.String(), r.ID, r.Title}
	}
	return grid.Write(w, l, []grid.Column{{Head: "Severity"}, {Head: "Rule"}, {Head: "Title", Text: true}}, rows)
}

func writeRule(w io.Writer, l term.Look, r *report.Rule) {
	words.WriteHead(w, l, r.Severity, r.ID, r.Title)
	for _, p := range ruleParts(r) {
		words.WritePart(w, l, p.Label, p.Text)
	}
}

// ruleParts lists the texts of a rule under the words that findings use.
func ruleParts(r *report.Rule) []words.Part {
	return []words.Part{
		{Label: "Proof", Text: r.Evidence},
		{Label: "Unless", Text: r.NotIf},
		{Label: "Why", Text: r.Why},
		{Label: "Fix", Text: r.Fix},
		{Label: "Log", Text: r.Log},
		{Label: "Source", Text: strings.Join(r.References, "; ")},
	}
}

const rulesPreface = `# What ntlmtrace finds

Written by ` + "`ntlmtrace rules --markdown`" + ` from the rules themselves; do not edit it here.
The ids never change. The severity is the usual one: a finding may lower or raise it.
`

// writeRulesDocument writes the catalogue, docs/rules.md.
func writeRulesDocument(w io.Writer) error {
	var b strings.Builder
	b.WriteString(rulesPreface)
	for _, r := range rules.Texts() {
		fmt.Fprintf(&b, "\n## %s\n\n**%s** (%s)\n", r.ID, r.Title, r.Severity)
		for _, p := range ruleParts(r) {
			if p.Text != "" {
				fmt.Fprintf(&b, "\n*%s.* %s\n", markdownLabels[p.Label], p.Text)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// markdownLabels are longer words for the labels of ruleParts.
var markdownLabels = map[string]string{
	"Proof":  "What proves it",
	"Unless": "What it may be confused with",
	"Why":    "Why",
	"Fix":    "What to do",
	"Log":    "In the server's log",
	"Source": "Written in",
}
