// Package jp is `kyverno jp`: it evaluates and parses JMESPath expressions with Kyverno's functions, and lists those, as
// the Kyverno CLI 1.19 does.
package jp
