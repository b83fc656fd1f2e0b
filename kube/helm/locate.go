package helm

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"podsec/assets/kyverno"
)

// What `helm install` is about.
const (
	chartName   = "kyverno"
	releaseName = "kyverno"
)

// validName is what Helm asks of a release's name (pkg/chart/v2/util/validate_name.go).
var validName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

const maxName = 53

func checkName(name string) error {
	if len(name) <= maxName && validName.MatchString(name) {
		return nil
	}
	return fmt.Errorf("release name %q: invalid release name, must match regex %s and the length must not be longer than %d", name, validName, maxName)
}

// nameAndChart splits the arguments of install.
func nameAndChart(args []string) (name, chart string, err error) {
	switch len(args) {
	case 1:
		return "", "", errors.New("must either provide a name or specify --generate-name")
	case 2:
		return args[0], args[1], nil
	}
	return "", "", fmt.Errorf("expected at most two arguments, unexpected arguments: %s", strings.Join(args[2:], ", "))
}

// locate checks that a chart reference and version mean the chart that the stand-in carries.
func (h *Helm) locate(reference, version string) error {
	repo, chart, found := strings.Cut(reference, "/")
	if !found || strings.Contains(reference, "://") {
		return fmt.Errorf("non-absolute URLs should be in form of repo_name/path_to_chart, got: %s", reference)
	}
	file, err := h.loadRepos()
	if err != nil {
		return err
	}
	entry, ok := file.find(repo)
	if !ok {
		return fmt.Errorf("repo %s not found", repo)
	}
	if err := reach(entry.URL); err != nil {
		return err
	}
	reason := "no chart name found"
	if chart == chartName {
		if selects(version, kyverno.ChartVersion) {
			return nil
		}
		reason = fmt.Sprintf("no chart version found for %s-%s (this stand-in carries %s)", chart, version, kyverno.ChartVersion)
	}
	return fmt.Errorf("chart %q matching %s not found in %s index. (try 'helm repo update'): %s", chart, version, repo, reason)
}

// selects says whether a --version selects a version: none, the version itself, or one that leaves its last numbers
// open ("3", "3.x", "3.9.*").
func selects(constraint, version string) bool {
	constraint = strings.TrimPrefix(constraint, "v")
	if constraint == "" {
		return true
	}
	have := strings.Split(version, ".")
	for i, part := range strings.Split(constraint, ".") {
		if part == "x" || part == "X" || part == "*" {
			continue
		}
		if i >= len(have) || part != have[i] {
			return false
		}
	}
	return true
}

// checkPlace refuses a release that the carried chart was not rendered for: its names, filters and service accounts
// say kyverno throughout.
func checkPlace(name, namespace string) error {
	if name != releaseName {
		return fmt.Errorf("this stand-in carries the chart as rendered for a release called %s, not %s", releaseName, name)
	}
	if namespace != kyverno.Namespace {
		return fmt.Errorf("this stand-in carries the chart as rendered for the namespace %s, not %s (add --namespace %s)", kyverno.Namespace, namespace, kyverno.Namespace)
	}
	return nil
}
