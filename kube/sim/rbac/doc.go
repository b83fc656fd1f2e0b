// Package rbac decides what a user may do by the roles and bindings that are stored in the cluster, with the answers and
// the words of kube-apiserver's RBAC authorizer (k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac).
package rbac
