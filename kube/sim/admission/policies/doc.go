// Package policies makes ValidatingAdmissionPolicies and MutatingAdmissionPolicies act in the simulated cluster. What they
// decide and say comes from k8s.io/apiserver/pkg/admission/plugin/policy, which kube-apiserver runs too: its dispatchers are
// given the policies, bindings and parameters that are stored. A real server learns of a policy a second after it is
// written; here it acts at once, because what a lab shows must not depend on who is faster.
package policies
