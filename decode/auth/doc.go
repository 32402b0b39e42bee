// Package auth holds the record of an authentication that all carriers have in
// common: who asked what of whom, with which credentials, and what the answer
// says of them. It is data only: it knows no protocol that carries tokens, no
// file and no status number.
//
//	bytes --decode/http--> Exchange{Request, Response, Result} --Sink--> analysis
//	                          |
//	                          +--> Conn, which those of a connection share
//
// An Exchange is lent to the Sink: see Exchange for how long, and Keep.
package auth
