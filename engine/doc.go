// Package engine evaluates Kyverno policies (kyverno.io/v1 ClusterPolicy and Policy, as Kyverno 1.19 does) against
// resources and says why.
//
// It is pure: no I/O, no clock, no globals. What a rule must fetch (a ConfigMap, an API call, an image's signatures), and
// the time, come through the fields of Options. A Policy is compiled once, immutable, and safe for concurrent use; the
// same inputs give the same results.
//
// Patterns and patches are Kyverno's own code (kyverno.go is the only file here that calls it); matching, variables,
// conditions, contexts, generated rules, failure actions and the texts are ours, after Kyverno 1.19.1. Its oddities are
// kept where a user can see them, and the cases in testdata say which they are.
package engine
