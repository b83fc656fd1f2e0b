package kubectl

import (
	"runtime/debug"
	"strings"
	_ "unsafe" // for go:linkname

	"k8s.io/component-base/version"
)

// The release builds of kubectl set these with -ldflags -X, which `go run` and `go install` cannot; without them
// `kubectl version` calls itself v0.0.0-master.
//
//go:linkname gitVersion k8s.io/component-base/version.gitVersion
var gitVersion string

//go:linkname gitMajor k8s.io/component-base/version.gitMajor
var gitMajor string

//go:linkname gitMinor k8s.io/component-base/version.gitMinor
var gitMinor string

// stampVersion makes kubectl call itself by the release that its library belongs to.
func stampVersion() {
	release := releaseOf(moduleVersion("k8s.io/kubectl"))
	if release == "" {
		return
	}
	gitVersion = release
	gitMajor, gitMinor = "1", strings.Split(release, ".")[1]
	_ = version.SetDynamicVersion(release) // equal to gitVersion, so always valid
}

// releaseOf maps the version of a k8s.io library to the Kubernetes release: v0.36.3 is v1.36.3, "" stays "".
func releaseOf(module string) string {
	rest, ok := strings.CutPrefix(module, "v0.")
	if !ok {
		return ""
	}
	return "v1." + rest
}

// moduleVersion returns the version of a module that this binary was built with, "" when it is unknown.
func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dep := range info.Deps {
		if dep.Path == path {
			return dep.Version
		}
	}
	return ""
}
