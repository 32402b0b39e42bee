// Package carrier says what a protocol that carries authentication has to do to
// be read by a Decoder, and what it gets for it.
//
//	                  recognise, open
//	decode.Decoder -------------------> Carrier --> Conversations --auth.Exchange--> Env.Sink
//	     ^     |                                     ^   |
//	     |     +----------- bytes in order ----------+   |
//	     +----- Handover: the rest is another's, --------+
//	            as it is or through a Layer
package carrier
