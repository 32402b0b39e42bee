package auth

// Target is what a request asks for.
type Target struct {
	Service string // as in an SPN: "HTTP", "cifs", "MSSQLSvc", "ldap"
	Host    string // as the client names it: "web01.corp.example", with a port if the client gives one
	Verb    string // "GET"; empty where the protocol has none
	Name    string // "/reports", `\\FS01\share`, "database payroll"
}

// AppendTo appends verb and name to b, as in "GET /reports", each cut to limit
// bytes.
func (t *Target) AppendTo(b []byte, limit int) []byte {
	b = append(b, t.Verb[:min(len(t.Verb), limit)]...)
	if t.Verb != "" {
		b = append(b, ' ')
	}
	return append(b, t.Name[:min(len(t.Name), limit)]...)
}

// String returns verb and name.
func (t *Target) String() string { return string(t.AppendTo(nil, 1<<20)) }
