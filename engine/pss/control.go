package pss

import (
	"sync"

	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// control is one check of the Pod Security Standards: upstream says whether a pod passes, fields says where it fails.
type control struct {
	check policy.Check
	// name is the standard's name for controls that Kyverno has no name for.
	name string
	// fields lists the fields that make the check fail, in Kyverno's order. since is the revision of the check that
	// judged: a few controls look at other fields or values from some version on.
	fields func(pod subject, since api.Version) []fieldError
}

// lastRevision is the newest Kubernetes version whose revisions of the controls Kyverno 1.19 knows. What came later
// (relaxing procMount and runAsNonRoot for pods in a user namespace, and procMount_restricted) is not part of it.
func lastRevision() api.Version { return api.MajorMinorVersion(1, 34) }

// revision returns the newest revision of the control that the version includes, or the oldest there is.
func (c *control) revision(version api.Version) policy.VersionedCheck {
	selected := c.check.Versions[0]
	for _, next := range c.check.Versions[1:] {
		if !version.Older(next.MinimumVersion) {
			selected = next
		}
	}
	return selected
}

// controls are the controls that Kyverno evaluates, in its order: upstream's registration order.
var controls = sync.OnceValue(func() []*control {
	var out []*control
	last := lastRevision()
	for _, check := range policy.DefaultChecks() {
		c := &control{check: check, name: otherNames[check.ID], fields: fieldFinders[check.ID]}
		c.check.Versions = nil
		for _, revision := range check.Versions {
			if !last.Older(revision.MinimumVersion) {
				c.check.Versions = append(c.check.Versions, revision)
			}
		}
		if len(c.check.Versions) > 0 {
			out = append(out, c)
		}
	}
	return out
})

// otherNames names the controls that Kyverno's table of control names lacks; they cannot be excluded.
var otherNames = map[policy.CheckID]string{
	"hostProbesAndHostLifecycle": "Host Probes / Lifecycle Hooks",
}

var fieldFinders = map[policy.CheckID]func(subject, api.Version) []fieldError{
	"allowPrivilegeEscalation":   allowPrivilegeEscalation,
	"appArmorProfile":            appArmorProfile,
	"capabilities_baseline":      capabilitiesBaseline,
	"capabilities_restricted":    capabilitiesRestricted,
	"hostNamespaces":             hostNamespaces,
	"hostPathVolumes":            hostPathVolumes,
	"hostPorts":                  hostPorts,
	"hostProbesAndHostLifecycle": hostProbesAndHostLifecycle,
	"privileged":                 privileged,
	"procMount":                  procMount,
	"restrictedVolumes":          restrictedVolumes,
	"runAsNonRoot":               runAsNonRoot,
	"runAsUser":                  runAsUser,
	"seLinuxOptions":             seLinuxOptions,
	"seccompProfile_baseline":    seccompProfileBaseline,
	"seccompProfile_restricted":  seccompProfileRestricted,
	"sysctls":                    sysctls,
	"windowsHostProcess":         windowsHostProcess,
}
