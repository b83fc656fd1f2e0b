package kinds

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// portPlace is a port of a container, and where it is written.
type portPlace struct {
	at   *field.Path
	port corev1.ContainerPort
}

// portWarnings are about ports that the containers of a pod have twice.
func portWarnings(spec *corev1.PodSpec, at *field.Path) []string {
	var out []string
	seen := map[string][]portPlace{}
	for _, list := range []struct {
		name string
		of   []corev1.Container
	}{{"initContainers", spec.InitContainers}, {"containers", spec.Containers}} {
		for i := range list.of {
			for j, port := range list.of[i].Ports {
				at := at.Child(list.name).Index(i).Child("ports").Index(j)
				if port.HostIP != "" && port.HostPort == 0 {
					out = append(out, fmt.Sprintf("%s: hostIP set without hostPort: %+v", at, port))
				}
				key := fmt.Sprintf("%d/%s", port.ContainerPort, port.Protocol)
				for _, other := range seen[key] {
					if how := portConflict(port, other.port); how != "" {
						out = append(out, fmt.Sprintf("%s: %s port definition with %s", at, how, other.at))
					}
				}
				seen[key] = append(seen[key], portPlace{at, port})
			}
		}
	}
	return out
}

// portConflict says how two ports of the same number and protocol stand in each other's way.
func portConflict(a, b corev1.ContainerPort) string {
	switch {
	case a.HostIP == b.HostIP && a.HostPort == b.HostPort:
		return "duplicate"
	case a.HostPort == 0 || b.HostPort == 0:
		return "overlapping"
	case a.HostPort == b.HostPort && (a.HostIP == "") != (b.HostIP == ""):
		return "dangerously ambiguous"
	}
	return ""
}
