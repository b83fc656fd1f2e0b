// Package test is `kyverno test`: it applies the policies of a test file to its resources and compares what they say
// with the results that the file expects, as the Kyverno CLI 1.19 does.
package test
