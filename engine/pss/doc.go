// Package pss evaluates pods against the Pod Security Standards the way Kyverno's validate.podSecurity does: verdicts
// from k8s.io/pod-security-admission, reasons and field errors in Kyverno's words, exclusions by control, image,
// restricted field and value.
package pss
