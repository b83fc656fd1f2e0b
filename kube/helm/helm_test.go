package helm_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"podsec/kube/helm"
)

// bench runs command lines against one cluster and one configuration folder.
type bench struct {
	t      *testing.T
	home   string
	config *rest.Config
}

// run returns the exit status and what was printed: standard output, then standard error.
func (b bench) run(line string) (int, string) {
	b.t.Helper()
	var stdout, stderr bytes.Buffer
	clock := func() time.Time { return time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC) }
	command := helm.Helm{Config: b.config, ConfigHome: b.home, Now: clock, Stdout: &stdout, Stderr: &stderr}
	code := command.Run(b.t.Context(), strings.Fields(line))
	return code, stdout.String() + stderr.String()
}

// expect runs a line and compares its output, of which want is the start when it ends in "…".
func (b bench) expect(line string, code int, want string) {
	b.t.Helper()
	gotCode, got := b.run(line)
	if gotCode != code {
		b.t.Errorf("helm %s: exit %d, want %d", line, gotCode, code)
	}
	if start, cut := strings.CutSuffix(want, "…"); cut && len(got) >= len(start) {
		want, got = start, got[:len(start)]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("helm %s (-want +got):\n%s", line, diff)
	}
}

const (
	add     = "repo add kyverno https://kyverno.github.io/kyverno/"
	install = "install kyverno --namespace kyverno kyverno/kyverno --create-namespace"
)

func TestRepositories(t *testing.T) {
	b := bench{t: t, home: t.TempDir()}
	b.expect("repo list", 0, "no repositories to show\n")
	b.expect("repo update", 1, "Error: no repositories found. You must add one before updating\n")
	b.expect("repo remove kyverno", 1, "Error: no repositories configured\n")
	b.expect("repo add kyverno", 1, "Error: \"helm repo add\" requires 2 arguments\n\nUsage:  helm repo add [NAME] [URL] [flags]\n")
	b.expect("repo add ky/ver https://x", 1, "Error: repository name (ky/ver) contains '/', please specify a different name without '/'\n")
	b.expect("repo add other https://example.com/charts", 1, "Error: looks like \"https://example.com/charts\" is not a valid chart repository or cannot be reached: …")
	b.expect(add, 0, "\"kyverno\" has been added to your repositories\n")
	b.expect(add, 0, "\"kyverno\" already exists with the same configuration, skipping\n")
	b.expect("repo add kyverno https://example.com/x", 1, "Error: repository name (kyverno) already exists, please specify a different name\n")
	b.expect("repo list", 0, "NAME   \tURL                               \nkyverno\thttps://kyverno.github.io/kyverno/\n")
	b.expect("repo list -o json", 0, "[{\"name\":\"kyverno\",\"url\":\"https://kyverno.github.io/kyverno/\"}]\n")
	b.expect("repo update", 0, "Hang tight while we grab the latest from your chart repositories...\n"+
		"...Successfully got an update from the \"kyverno\" chart repository\nUpdate Complete. ⎈Happy Helming!⎈\n")
	b.expect("repo update foo", 1, "Error: no repositories found matching 'foo'.  Nothing will be updated\n")
	b.expect("repo remove foo", 1, "Error: no repo named \"foo\" found\n")
	b.expect("repo remove kyverno", 0, "\"kyverno\" has been removed from your repositories\n")
}

func TestWrongInstallations(t *testing.T) {
	_, config := startAPI(t)
	b := bench{t: t, home: t.TempDir(), config: config}
	b.expect(install, 1, "Error: INSTALLATION FAILED: repo kyverno not found\n")
	b.run(add)
	for line, want := range map[string]string{
		"install":                                  "\"helm install\" requires at least 1 argument\n\nUsage:  helm install [NAME] [CHART] [flags]",
		"install a":                                "INSTALLATION FAILED: must either provide a name or specify --generate-name",
		"install a b c d":                          "INSTALLATION FAILED: expected at most two arguments, unexpected arguments: c, d",
		"install kyverno kyverno":                  "INSTALLATION FAILED: non-absolute URLs should be in form of repo_name/path_to_chart, got: kyverno",
		"install kyverno oci://x/y":                "INSTALLATION FAILED: non-absolute URLs should be in form of repo_name/path_to_chart, got: oci://x/y",
		"install kyverno other/kyverno":            "INSTALLATION FAILED: repo other not found",
		"install kyverno kyverno/foo":              "INSTALLATION FAILED: chart \"foo\" matching  not found in kyverno index. (try 'helm repo update'): no chart name found",
		install + " --version 9.9.9":               "INSTALLATION FAILED: chart \"kyverno\" matching 9.9.9 not found in kyverno index. (try 'helm repo update'): no chart version found for kyverno-9.9.9 (this stand-in carries 3.9.1)",
		install + " --nope":                        "unknown flag: --nope",
		install + " --set replicas":                "INSTALLATION FAILED: failed parsing --set data: key \"replicas\" has no value",
		install + " --wait=soon":                   "invalid argument \"soon\" for \"--wait\" flag: invalid wait input \"soon\". Valid inputs are watcher, hookOnly, and legacy",
		"install kyverno -n ns kyverno/kyverno":    "INSTALLATION FAILED: this stand-in carries the chart as rendered for the namespace kyverno, not ns (add --namespace kyverno)",
		"install other -n kyverno kyverno/kyverno": "INSTALLATION FAILED: this stand-in carries the chart as rendered for a release called kyverno, not other",
		"install Kyverno -n kyverno kyverno/kyverno": "INSTALLATION FAILED: release name check failed: release name \"Kyverno\": invalid release name, must match regex " +
			`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53`,
		"install kyverno -n kyverno kyverno/kyverno":         "INSTALLATION FAILED: create: failed to create: namespaces \"kyverno\" not found",
		install + " --set admissionController.replicas=many": "INSTALLATION FAILED: value admissionController.replicas: \"many\" is not a number of replicas",
		"frob": "unknown command \"frob\" for \"helm\"",
	} {
		b.expect(line, 1, "Error: "+want+"\n")
	}
	b.expect(install+" --set image.tag=v2", 1, "Error: INSTALLATION FAILED: this stand-in does not know the value \"image.tag\"; it knows …")
}

func TestNoCluster(t *testing.T) {
	b := bench{t: t, home: t.TempDir()}
	b.expect("list", 1, "Error: kubernetes cluster unreachable: no cluster is configured\n")
	b.run(add)
	b.expect(install, 1, "Error: INSTALLATION FAILED: cluster reachability check failed: kubernetes cluster unreachable: no cluster is configured\n")
	b.config = &rest.Config{Host: "http://127.0.0.1:1"}
	b.expect("list", 1, "Error: kubernetes cluster unreachable: …")
}

func TestVersionSaysWhatItIs(t *testing.T) {
	b := bench{t: t, home: t.TempDir()}
	b.expect("version", 0, "podsec's stand-in for helm, with the chart kyverno 3.9.1 (Kyverno v1.19.1); not Helm itself\n")
	b.expect("", 0, "podsec's stand-in for helm. It is not Helm: it knows one chart, kyverno/kyverno 3.9.1\n…")
}
