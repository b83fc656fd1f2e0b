package pss

import (
	"fmt"

	"k8s.io/pod-security-admission/api"
)

// hostPathVolumes (HostPath Volumes, baseline): no volume may be a directory of the node.
//
//	spec.volumes[*].hostPath: undefined
func hostPathVolumes(pod subject, _ api.Version) []fieldError {
	var errs []fieldError
	for i, volume := range pod.spec.Volumes {
		if volume.HostPath != nil {
			errs = append(errs, forbidden(fmt.Sprintf("spec.volumes[%d].hostPath", i), volume.HostPath.Path, nil))
		}
	}
	return errs
}
