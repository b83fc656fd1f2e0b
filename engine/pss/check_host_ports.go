package pss

import (
	"fmt"

	"k8s.io/pod-security-admission/api"
)

// hostPorts (Host Ports, baseline): no container may take a port of the node.
//
//	spec.{containers,…}[*].ports[*].hostPort: undefined, 0
func hostPorts(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	for path, c := range pod.containers() {
		for i, port := range c.Ports {
			if port.HostPort != 0 {
				errs = append(errs, forbidden(fmt.Sprintf("%s.ports[%d].hostPort", path, i), int(port.HostPort), nil, 0))
			}
		}
	}
	return errs
}
