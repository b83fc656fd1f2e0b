package labs

import "regexp"

// malformedLine is how kubectl begins to say that what a file holds is no YAML, no object, none of a kind that there is, or not
// valid, and how Kyverno refuses an object of its own: a policy, a clean-up policy, an exception, an entry of the global context.
var malformedLine = regexp.MustCompile(`(?m)^(?:The \S+ "[^"\n]*" is invalid:|Error from server \((?:BadRequest|Invalid)\): |` +
	`error: (?:error (?:parsing|validating)|unable to (?:decode|recognize)|resource mapping not found) |` +
	`.*admission webhook "(?:validate-policy\.kyverno|kyverno-svc\.[a-z0-9-]+|kyverno-cleanup-controller\.[a-z0-9-]+)\.svc" denied the request: )`)

// decidedLine is how kubectl begins to say that a ValidatingAdmissionPolicy denied an object. The API server calls that invalid,
// unless the policy has another reason for it. Of several denials each has a line.
var decidedLine = regexp.MustCompile(`(?m)^(?:The \S+ "[^"\n]*" is invalid:\s+(?:\* )?: |Error from server \(Invalid\): .*)` +
	`ValidatingAdmissionPolicy '[^'\n]*' (?:with binding '[^'\n]*' )?denied request: `)

// malformed reports whether an object was refused for what it is, and not by a policy.
func (a Answer) malformed() bool {
	return malformedLine.MatchString(decidedLine.ReplaceAllString(a.Output, ""))
}

// notTaken is said about a file that was refused, when the lab knows nothing better.
const notTaken = "The cluster did not take the file, so nothing of it is in force. The first error above says what is wrong in it."
