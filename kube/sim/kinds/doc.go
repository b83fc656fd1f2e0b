// Package kinds describes the built-in resources of the simulated API server: their names as discovery shows them, the
// defaults, immutability and validation rules of kube-apiserver's registries, and the columns that kubectl prints.
//
// The rules are those of Kubernetes 1.36, restated on the versioned types; messages are the server's own. Nothing here
// reads a clock, draws a random number or keeps state: the same object always gives the same answer.
package kinds
