package ntlm

// Binding says whether an AUTHENTICATE answers a given CHALLENGE, as far as
// that can be told without a key: an NTLMv2 client repeats the server's AV_PAIR
// list in its response.
type Binding uint8

// The bindings.
const (
	Unknown    Binding = iota // there is nothing to compare
	No                        // it answers another challenge
	Yes                       // it answers this challenge
	YesMachine                // it answers a challenge of this machine, perhaps another one
)

// String names the binding as reports show it.
func (b Binding) String() string {
	names := [...]string{"unknown", "no", "yes", "yes, for the machine only"}
	if int(b) >= len(names) {
		b = Unknown
	}
	return names[b]
}

// Bind says whether a answers c. Either may be nil. See [Identity.Answers].
func Bind(a *Authenticate, c *Challenge) Binding {
	if a == nil || c == nil {
		return Unknown
	}
	answers, issued := a.TargetInfo.Identity(), c.TargetInfo.Identity()
	return answers.Answers(&issued)
}
