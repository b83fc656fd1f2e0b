// Package policycheck judges a ClusterPolicy or Policy of kyverno.io that is being written, as Kyverno's policy webhook
// (validate-policy.kyverno.svc) does: it refuses what cannot work, in Kyverno's words, and warns of what is deprecated
// or probably not meant.
//
// It is pure. What the schema of the CustomResourceDefinition refuses (wrong types, enums, unknown fields) is the API
// server's business and is expected to have been checked, with the schema's defaults filled in.
package policycheck
