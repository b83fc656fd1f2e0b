// Package sim is a Kubernetes cluster in this process: an API server on loopback TLS, the controllers that make workloads
// run, Pod Security Admission, and Kyverno once it is installed. Who uses it gets a *rest.Config and a kubeconfig file
// and needs to know nothing else.
//
// Nothing is kept on disk but the kubeconfig, and no other user of the machine can read that.
package sim
