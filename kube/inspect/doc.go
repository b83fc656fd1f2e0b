// Package inspect reads from a cluster what decides about a request: Kyverno's policies, exceptions and resource
// filters, the labels of namespaces, and what the policies' contexts ask for; and what the app shows of a cluster.
// It changes nothing, but for Repair.
package inspect
