// Package apply is `kyverno apply`: it applies policies to resources from files or from a cluster and prints what they
// say, as the Kyverno CLI 1.19 does.
package apply
