package pss

import (
	"fmt"
	"iter"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// subject is the pod under judgement.
type subject struct {
	meta *metav1.ObjectMeta
	spec *corev1.PodSpec
}

// containers walks over all containers with the path of each, in the order in which the standard's checks do: init
// containers, containers, ephemeral containers.
func (s subject) containers() iter.Seq2[string, *corev1.Container] {
	return func(yield func(string, *corev1.Container) bool) {
		for i := range s.spec.InitContainers {
			if !yield(fmt.Sprintf("spec.initContainers[%d]", i), &s.spec.InitContainers[i]) {
				return
			}
		}
		for i := range s.spec.Containers {
			if !yield(fmt.Sprintf("spec.containers[%d]", i), &s.spec.Containers[i]) {
				return
			}
		}
		for i := range s.spec.EphemeralContainers {
			c := (*corev1.Container)(&s.spec.EphemeralContainers[i].EphemeralContainerCommon)
			if !yield(fmt.Sprintf("spec.ephemeralContainers[%d]", i), c) {
				return
			}
		}
	}
}

// securityContexts walks over the containers that have a security context, with the path of the context.
func (s subject) securityContexts() iter.Seq2[string, *corev1.SecurityContext] {
	return func(yield func(string, *corev1.SecurityContext) bool) {
		for path, c := range s.containers() {
			if c.SecurityContext != nil && !yield(path+".securityContext", c.SecurityContext) {
				return
			}
		}
	}
}

// securityContext returns the pod's own security context, never nil.
func (s subject) securityContext() *corev1.PodSecurityContext {
	if s.spec.SecurityContext == nil {
		return &corev1.PodSecurityContext{}
	}
	return s.spec.SecurityContext
}

func isTrue(b *bool) bool  { return b != nil && *b }
func isFalse(b *bool) bool { return b != nil && !*b }
