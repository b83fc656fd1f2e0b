package pss

import "k8s.io/pod-security-admission/api"

// runAsNonRoot (Running as Non-root, restricted): every container must be required to run as another user than root,
// by itself or through the pod.
//
//	spec.securityContext.runAsNonRoot: true, or undefined when every container sets it
//	spec.{containers,…}[*].securityContext.runAsNonRoot: true, or undefined when the pod sets it
//
// Fields that say false come first, then containers that say nothing.
func runAsNonRoot(pod subject, _ api.Version) []fieldError {
	const name = ".securityContext.runAsNonRoot"
	var explicit, missing []fieldError
	ofPod := pod.securityContext().RunAsNonRoot
	if isFalse(ofPod) {
		explicit = append(explicit, forbidden("spec"+name, false, true))
	}
	for path, c := range pod.containers() {
		switch sc := c.SecurityContext; {
		case sc != nil && isFalse(sc.RunAsNonRoot):
			explicit = append(explicit, forbidden(path+name, false, true))
		case (sc == nil || sc.RunAsNonRoot == nil) && !isTrue(ofPod):
			missing = append(missing, required(path+name, true))
		}
	}
	return append(explicit, missing...)
}
