// Package helm is a stand-in for the helm command: it installs and removes Kyverno the way Helm 4 does it with the
// chart kyverno/kyverno, through the Kubernetes API alone, and prints what Helm prints.
//
// It carries one chart, needs no network, and says in its version and help that it is not Helm. What it prints
// happened: an installed release is there object by object, its record is a Secret in Helm's own format
// (sh.helm.release.v1.kyverno.v1), and the real helm can list and uninstall what the stand-in installed.
package helm
