// Package psa is Pod Security Admission in the simulated cluster. Everything it says comes from
// k8s.io/pod-security-admission/admission, which kube-apiserver runs too; this package only carries requests to it and
// answers back, as kube-apiserver's own PodSecurity plugin does.
package psa
