// Package process applies policies to resources from files, as the Kyverno CLI 1.19 does for `apply` and `test`: with
// the values and the user of its files instead of a request, and nothing fetched that was not given.
package process
