// Package quota measures what objects use of the resources that a ResourceQuota counts. Admission asks it before an
// object is stored, and the quota controller for what a namespace uses.
//
// The rules are those of kube-apiserver's evaluators (k8s.io/kubernetes/pkg/quota/v1/evaluator/core) for pods, services
// and claims, and of its generic one, which counts objects of any kind.
package quota
