package analysis_test

var crowdNotYet = []string{}
