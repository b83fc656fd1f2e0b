// Package admission holds the steps of the API server's admission chain that a real server has compiled in: the life of
// namespaces, service accounts of pods, the pods' default tolerations and priority, and the dispatch to webhooks. The
// webhooks themselves are services in the cluster, found through api.Services.
package admission
