package live

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const twoContexts = `
apiVersion: v1
kind: Config
current-context: lab
clusters:
- {name: lab-cluster, cluster: {server: "https://lab.example"}}
- {name: shop, cluster: {server: "https://ABC.gr7.eu-west-1.eks.amazonaws.com"}}
contexts:
- {name: lab, context: {cluster: lab-cluster, user: me, namespace: play}}
- {name: prod-eu, context: {cluster: shop, user: me}}
users: [{name: me, user: {token: t}}]
`

func kubeconfig(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	path := kubeconfig(t, twoContexts)
	for context, want := range map[string]Target{
		"":        {Context: "lab", Cluster: "lab-cluster", Server: "https://lab.example", Namespace: "play"},
		"prod-eu": {Context: "prod-eu", Cluster: "shop", Server: "https://ABC.gr7.eu-west-1.eks.amazonaws.com", Namespace: "default"},
	} {
		got, err := Find(Options{Kubeconfig: path, Context: context})
		if err != nil {
			t.Fatal(err)
		}
		got.Config = nil
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%q: %s", context, diff)
		}
	}
}

func TestFindMistakes(t *testing.T) {
	_, err := Find(Options{Kubeconfig: kubeconfig(t, twoContexts), Context: "other"})
	if err == nil || err.Error() != `find context "other": the kubeconfig has lab, prod-eu` {
		t.Error(err)
	}
	if _, err := Find(Options{Kubeconfig: kubeconfig(t, "a: [")}); err == nil || !strings.HasPrefix(err.Error(), "read kubeconfig: ") {
		t.Error(err)
	}
	t.Setenv("KUBECONFIG", kubeconfig(t, ""))
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	if _, err := Find(Options{}); !errors.Is(err, ErrNoContext) {
		t.Error(err)
	}
}

func TestContexts(t *testing.T) {
	names, current, err := Contexts(kubeconfig(t, twoContexts))
	if diff := cmp.Diff([]string{"lab", "prod-eu"}, names); diff != "" || current != "lab" || err != nil {
		t.Error(diff, current, err)
	}
}

func TestLooksLikeProduction(t *testing.T) {
	for _, test := range []struct{ context, server, want string }{
		{"lab", "https://lab.example", ""},
		{"eks-prod", "https://lab.example", "prod"},
		{"production.eu", "", "production"},
		{"lab", "https://prd1.example:6443", "prd"},
		{"product-team-sandbox", "", "product"}, // asked twice once too often
		{"reproduction", "", ""},
		{"delivery", "", ""},
	} {
		target := Target{Context: test.context, Server: test.server}
		if got := target.LooksLikeProduction(); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.context, test.server, got, test.want)
		}
	}
}
