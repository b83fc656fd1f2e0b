package why

import (
	"strings"

	"podsec/tui/screen"
)

// kindWord is the kind of a subject as the cluster understands it: "Deployment", "Deployment.v1.apps", "Pod.v1.".
func kindWord(s screen.Subject) string {
	if s.APIVersion == "" {
		return s.Kind
	}
	group, version, found := strings.Cut(s.APIVersion, "/")
	if !found {
		group, version = "", s.APIVersion
	}
	return s.Kind + "." + version + "." + group
}
