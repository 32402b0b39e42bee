package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ntlmtrace/capture/live"
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
				return usageError{err}
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
			return usagef("--format %q is not one of %s", format, strings.Join(interfacesFormats, ", "))
		}
		list, err := live.Interfaces()
		if err != nil {
			return err
		}
		return write(c.OutOrStdout(), list)
	}
	return c
}

func writeInterfaceTable(w io.Writer, list []live.Interface) error {
	columns := []column{
		{head: "Name"}, {head: "Addresses", text: true}, {head: "Link"}, {head: "Type", spare: true},
		{head: "Description", text: true, spare: true},
	}
	rows := make([][]string, len(list))
	for i := range list {
		n := &list[i]
		rows[i] = []string{n.Name, strings.Join(addressTexts(n), ", "), linkState(n), n.Link.String(), n.Description}
	}
	return writeTable(w, lookOf(w, &settings{}), columns, rows)
}

// linkState says whether packets can come.
func linkState(n *live.Interface) string {
	if n.Up {
		return "up"
	}
	return "down"
}

func addressTexts(n *live.Interface) []string {
	texts := make([]string, len(n.Addrs))
	for i, a := range n.Addrs {
		texts[i] = a.String()
	}
	return texts
}

// writeInterfacesJSON writes one document, as the other commands do.
func writeInterfacesJSON(w io.Writer, list []live.Interface) error {
	var o object
	o.begin()
	o.num("version", documentVersion)
	objects(&o, "interfaces", list, func(n live.Interface) {
		o.begin()
		o.str("name", n.Name)
		o.some("index", int64(n.Index))
		o.strs("addresses", addressTexts(&n))
		o.flag("up", n.Up)
		o.mark("loopback", n.Loopback)
		o.str("link_type", n.Link.String())
		o.opt("description", n.Description)
		o.end()
	})
	o.end()
	_, err := w.Write(append(o.b, '\n'))
	return err
}
