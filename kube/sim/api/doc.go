// Package api is what the parts of the simulated cluster say to each other: the kinds the API server serves, the
// request that admission sees, and the client that runs inside the cluster. It holds contracts only; the logic lives
// in the packages beside it (store, apiserver, kinds, admission, controller, kyverno).
//
// Objects travel as *unstructured.Unstructured. An object that was read is shared: a caller that wants to change it
// makes a DeepCopy first.
package api
