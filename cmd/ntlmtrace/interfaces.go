package main

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	capturelive "ntlmtrace/capture/live"
	"ntlmtrace/cmd/ntlmtrace/internal/grid"
	jsonformat "ntlmtrace/cmd/ntlmtrace/internal/output/json"
	"ntlmtrace/cmd/ntlmtrace/internal/term"
	"ntlmtrace/cmd/ntlmtrace/internal/usage"
)

// interfacesFormats are the ways to print the interfaces, the default first.
var interfacesFormats = []string{"table", "json"}

// newInterfaces makes the command that lists what can be captured live.
func newInterfaces() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "interfaces",
		Short: "List the network interfaces of this machine",
		Args: func(c *cobra.Command, args []string) error {
			if err := cobra.NoArgs(c, args); err != nil {
				return usage.Of(err)
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().StringVar(&format, "format", interfacesFormats[0], "how to print: "+strings.Join(interfacesFormats, ", "))
	complete(c, "format", interfacesFormats)
	c.RunE = func(c *cobra.Command, _ []string) error {
		write := writeInterfaceTable
		switch format {
		case "table":
		case "json":
			write = writeInterfacesJSON
		default:
			return usage.Errorf("--format %q is not one of %s", format, strings.Join(interfacesFormats, ", "))
		}
		list, err := capturelive.Interfaces()
		if err != nil {
			return err
		}
		return write(c.OutOrStdout(), list)
	}
	return c
}

func writeInterfaceTable(w io.Writer, list []capturelive.Interface) error {
	columns := []grid.Column{
		{Head: "Name"}, {Head: "Addresses", Text: true}, {Head: "Link"}, {Head: "Type", Spare: true},
		{Head: "Description", Text: true, Spare: true},
	}
	rows := make([][]string, len(list))
	for i := range list {
		n := &list[i]
		rows[i] = []string{n.Name, strings.Join(addressTexts(n), ", "), linkState(n), n.Link.String(), n.Description}
	}
	return grid.Write(w, term.Page{}.Look(w), columns, rows)
}

// linkState returns whether the link is up.
func linkState(n *capturelive.Interface) string {
	if n.Up {
		return "up"
	}
	return "down"
}

func addressTexts(n *capturelive.Interface) []string {
	texts := make([]string, len(n.Addrs))
	for i, a := range n.Addrs {
		texts[i] = a.String()
	}
	return texts
}

// interfaceJSON is one interface in the machine-readable output.
type interfaceJSON struct {
	Name        string   `json:"name"`
	Index       int      `json:"index,omitempty"`
	Addresses   []string `json:"addresses"`
	Up          bool     `json:"up"`
	Loopback    bool     `json:"loopback,omitempty"`
	LinkType    string   `json:"link_type"`
	Description string   `json:"description,omitempty"`
}

// writeInterfacesJSON writes one document, as the other commands do.
func writeInterfacesJSON(w io.Writer, list []capturelive.Interface) error {
	document := struct {
		Version    int             `json:"version"`
		Interfaces []interfaceJSON `json:"interfaces"`
	}{jsonformat.Version, make([]interfaceJSON, len(list))}
	for i := range list {
		n := &list[i]
		document.Interfaces[i] = interfaceJSON{
			Name: n.Name, Index: n.Index, Addresses: addressTexts(n), Up: n.Up, Loopback: n.Loopback,
			LinkType: n.Link.String(), Description: n.Description,
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(document)
}
