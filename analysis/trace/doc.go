// Package trace is what was seen, as rules may ask for it: handshakes that are
// retained, requests under way, relations of tokens, what a front end did while
// it served a request, and the evidence that findings show. It knows neither
// the engine that fills it nor the rules that read it.
//
//	engine --Handshake, Conn, Hop, FrontRequest--> Index --by token, challenge, time, client, server--> rules
//	                                                 |
//	                                                 +--> Finding: words, frames, what it is about
package trace
