package sim

import (
	"net/http"

	"podsec/engine/image"
)

// The versions that the simulated cluster follows.
const (
	KubernetesVersion = "v1.36.3"
	KyvernoVersion    = "v1.19.1"
)

// Options says how a simulated cluster is made.
type Options struct {
	// Listen is the address of the API server; "" is a free port on 127.0.0.1.
	Listen string
	// Kubeconfig is the file to write the kubeconfig to; "" is a private temporary one that Close removes.
	Kubeconfig string
	// Start is what the cluster starts with.
	Start Baseline
	// Seed are the manifest files that are applied after that.
	Seed []string
	// Network is how Kyverno reaches image registries; nil reaches none.
	Network http.RoundTripper
	// KMS finds the keys that policies name as KMS URIs; nil finds none.
	KMS image.KMS
}

// Baseline is a known state of the cluster.
type Baseline struct {
	Kyverno   bool // Kyverno is installed and ready
	Workloads bool // the sample applications run
}
