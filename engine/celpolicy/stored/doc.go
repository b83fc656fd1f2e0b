// Package stored is what Kyverno 1.19.1 knows of a stored policy of policies.kyverno.io: the webhooks that it needs,
// the status that it gets, what it says of a request, which package celpolicy evaluates. Nothing here runs or reads a
// cluster: the simulated Kyverno does, and asks.
package stored
