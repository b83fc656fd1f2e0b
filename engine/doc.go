// Package engine evaluates Kyverno policies (kyverno.io/v1 ClusterPolicy and Policy, as Kyverno 1.19 does) against
// resources and says why.
//
// It is pure: no I/O, no clock, no globals. What a rule must fetch (a ConfigMap, an API call, an image's signatures)
// comes through the small interfaces of Options. A Policy is compiled once, immutable, and safe for concurrent use; the
// same inputs give the same results.
package engine
