// Package celpolicy evaluates policies that are written in CEL alone: ValidatingPolicies, MutatingPolicies and
// DeletingPolicies of policies.kyverno.io and the API server's admission policies, as Kyverno 1.19 does. The environment of their
// expressions, the functions that Kyverno adds and the rules generated for pod controllers are Kyverno's own packages.
package celpolicy
