// Package kube is the client side of a cluster, live or simulated: connecting to it, and watching what the workshop
// shows of it. It knows a cluster only as a *rest.Config.
package kube
