// Package kyverno is the simulated Kyverno 1.19.1 of the simulated cluster: what the four controllers of the chart do
// (admission, background, cleanup, reports), done through the cluster's API like anything else that runs in a cluster.
//
// Nothing is installed by this package. It watches the Deployments that the chart creates and acts for the controllers
// that have ready pods: the admission controller registers its webhook configurations, answers their calls, and writes
// the status of policies; the reports controller scans resources and keeps their policy reports. Without a ready pod a
// webhook stays unanswered, and its failurePolicy decides, as on a real cluster.
//
// All state is derived from stored objects, so replacing the whole content of the store needs no call here.
package kyverno
