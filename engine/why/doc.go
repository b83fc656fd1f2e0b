// Package why explains what becomes of a request: which rules change it, what Pod Security Admission says, which rules
// were considered and which were not and because of which clause, what failed at which field of the resource and which
// line of the policy, and what decides whether the request is blocked or only reported.
//
// An Explanation is data; WriteText and its JSON form are two ways to show it. Like the engine the package is pure.
package why
