// Package apiserver is the simulated cluster's API server: an http.Handler that speaks the Kubernetes REST protocol
// over a store in memory, for built-in kinds given as api.Kind and for the kinds of stored CustomResourceDefinitions.
//
// A write takes the way it takes in kube-apiserver: decode, default, mutating admission, the kind's own preparation
// and validation, validating admission, store. The same operations are there without the wire as api.Client.
//
// What it guarantees: every answer that is not an object is a Status; a request cannot take the server down; and what
// a kind does not serve answers as kube-apiserver answers for something absent.
package apiserver
