package pss

import "k8s.io/pod-security-admission/api"

// hostProbesAndHostLifecycle (baseline): probes and lifecycle hooks may not name a host.
//
//	spec.{containers,…}[*].{liveness,readiness,startup}Probe.{httpGet,tcpSocket}.host: undefined, ""
//	spec.{containers,…}[*].lifecycle.{postStart,preStop}.{httpGet,tcpSocket}.host: undefined, ""
//
// Kyverno reports no field for it, and the list in its message is empty.
func hostProbesAndHostLifecycle(subject, api.Version) []fieldError { return nil }
