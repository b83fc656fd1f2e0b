package labs

import "regexp"

// malformedLine is how kubectl begins to say that what a file holds is no YAML, no object, none of a kind that there is, or not
// valid, and how Kyverno refuses a policy.
var malformedLine = regexp.MustCompile(`(?m)^(?:The \S+ "[^"\n]*" is invalid:|Error from server \((?:BadRequest|Invalid)\): |` +
	`error: (?:error (?:parsing|validating)|unable to (?:decode|recognize)|resource mapping not found) |` +
	`.*admission webhook "validate-policy\.kyverno\.svc" denied the request: )`)

// malformed reports whether an object was refused for what it is, and not by a policy.
func (a Answer) malformed() bool { return malformedLine.MatchString(a.Output) }

// notTaken is said about a file that was refused, when the lab knows nothing better.
const notTaken = "The cluster did not take the file, so nothing of it is in force. The first error above says what is wrong in it."
