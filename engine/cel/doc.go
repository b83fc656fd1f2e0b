// Package cel evaluates the validate.cel blocks of Kyverno's rules, with the Kubernetes API server's own CEL: the same
// environment, libraries and cost limits as for ValidatingAdmissionPolicies.
package cel
