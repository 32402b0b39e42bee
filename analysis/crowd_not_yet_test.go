package analysis_test

// crowdNotYet is what the rules get wrong in the crowds of the first ten seeds:
// the dress, the story, and what is missed or invented. An entry that is right
// now fails the test, so the list can only become shorter.
var crowdNotYet = []string{}
