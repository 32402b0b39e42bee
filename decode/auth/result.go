package auth

// Outcome is what an answer says of a logon.
type Outcome uint8

// The outcomes. What is not known is Unknown or None, never accepted.
const (
	None              Outcome = iota // there is no answer
	More                             // the answer asks for the next message of the handshake
	Accepted                         // logged on
	AcceptedForbidden                // logged on, and this request denied
	AcceptedError                    // logged on, and the server failed
	Denied                           // the logon was refused
	Unknown                          // the answer says nothing of it
)

// LoggedOn reports whether the logon was accepted, whatever became of the
// request.
func (o Outcome) LoggedOn() bool {
	return o == Accepted || o == AcceptedForbidden || o == AcceptedError
}

// String returns the outcome as reports show it.
func (o Outcome) String() string {
	return nameOf(o, "none", "more", "accepted", "accepted, forbidden", "accepted, error", "denied", "unknown")
}

// Result is what the answer of an exchange says, in the words of no protocol.
// Its zero value is that of an exchange without an answer.
type Result struct {
	Outcome       Outcome
	Confirmed     bool   // the answer itself says that the logon holds, also where it denies this request and offers to log on again (Persistent-Auth, a final NegTokenResp, SMB SessionFlags)
	SingleRequest bool   // it says that the logon holds for this request only (Persistent-Auth: false)
	Failed        bool   // the request did not get what it asked for (HTTP: status 400 and above)
	ServerError   bool   // the server, or one on the way to it, could not do what was asked (HTTP: status 500 and above)
	Unread        bool   // the request itself was not taken: it is malformed or too long (HTTP: 400, 413, 414, 431)
	Code          uint32 // as the protocol numbers it: 401, 0xC000006D, 18456
	Text          string // as it names it: "401 Unauthorized", "STATUS_LOGON_FAILURE"
}

// SessionResult is what an answer says of the credentials of one session.
type SessionResult struct {
	Session Session
	Result  Result
}
