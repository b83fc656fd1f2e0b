// Package controller runs what makes a cluster act: the controllers of kube-controller-manager that the workshop shows
// at work (Deployments down to Pods, Jobs, namespaces, garbage collection, endpoints), a scheduler, and nodes whose
// pods start at once.
//
// All of it works through api.Client alone, as the real ones work through the API: every pod a ReplicaSet makes goes
// through admission as the replicaset-controller's. One worker takes one step at a time, always the first in a fixed
// order, so that the same writes to a cluster lead to the same cluster. It waits for watch events and for its clock,
// never polls and never sleeps.
package controller
