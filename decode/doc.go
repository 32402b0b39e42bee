// Package decode finds out what the connections of a capture carry, whatever
// their ports, and passes what was said there to the carrier that reads it.
//
//	tcp.Assembler --> Decoder --first bytes--> carrier --auth.Exchange--> Sink
//	                   |   ^                     |
//	                   |   +---- handover -------+  a connection inside another:
//	                   |         (layer)            a CONNECT tunnel, TLS
//	                   +--> Stats: what nobody could read
//
// The list Carriers says which carriers there are.
package decode
