// Package samples is small captures for every rule, and what must be found in
// each.
//
// A sample is a file RULE/hit-NAME.pcap, which the rule must report, or
// RULE/miss-NAME.pcap, which looks like it and must not be. Beside it lies
// NAME.want with the findings that there must be, one JSON object per line,
// and no others: it is empty where nothing is to be found. What an object
// leaves out is not compared, and its evidence may be part of the finding's.
//
// The conversations are written in the file named for their rule; [All] lists
// them. What must be found is stated there by whoever wrote the conversation,
// never taken from the program. The servers in them work out themselves
// whether a token is right, so a conversation cannot tell of a logon that
// could not happen.
//
//	go test ./samples -update    writes the files again
package samples

//go:generate go test . -run TestFilesAreCurrent -update
