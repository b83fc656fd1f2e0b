package live

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Options say which cluster is meant.
type Options struct {
	Kubeconfig string // path; "" is what kubectl would read: $KUBECONFIG, ~/.kube/config, or the pod's service account
	Context    string // "" is the kubeconfig's current context
}

// Target is a cluster that a kubeconfig names. Nothing has been asked of it yet.
type Target struct {
	Context   string // "in-cluster" for the service account of a pod
	Cluster   string // the kubeconfig's name of it
	Server    string // URL
	Namespace string // of the context, "default" when it names none
	Config    *rest.Config
}

// inCluster is the context of a process that runs in a pod.
const inCluster = "in-cluster"

// ErrNoContext says that no kubeconfig names a cluster.
var ErrNoContext = errors.New("no kubeconfig names a cluster: set KUBECONFIG, or write one with \"aws eks update-kubeconfig --name CLUSTER\"")

// Find reads the kubeconfig as kubectl does. The error names the contexts there are when the wanted one is absent.
func Find(o Options) (*Target, error) {
	loader := loading(o)
	raw, err := loader.RawConfig()
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig: %w", err)
	}
	name := o.Context
	if name == "" {
		name = raw.CurrentContext
	}
	if name == "" && o.Kubeconfig == "" {
		return fromPod()
	}
	used, ok := raw.Contexts[name]
	if !ok {
		return nil, fmt.Errorf("find context %q: the kubeconfig has %s", name, listed(slices.Sorted(maps.Keys(raw.Contexts))))
	}
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("use context %q: %w", name, err)
	}
	t := &Target{Context: name, Cluster: used.Cluster, Server: config.Host, Namespace: used.Namespace, Config: config}
	if t.Namespace == "" {
		t.Namespace = "default"
	}
	return t, nil
}

// Contexts lists the contexts of the kubeconfig by name, and which one is current.
func Contexts(kubeconfig string) (names []string, current string, err error) {
	raw, err := loading(Options{Kubeconfig: kubeconfig}).RawConfig()
	if err != nil {
		return nil, "", fmt.Errorf("read kubeconfig: %w", err)
	}
	return slices.Sorted(maps.Keys(raw.Contexts)), raw.CurrentContext, nil
}

func loading(o Options) clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.Kubeconfig
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules,
		&clientcmd.ConfigOverrides{CurrentContext: o.Context, ClusterInfo: clientcmdapi.Cluster{}})
}

func fromPod() (*Target, error) {
	config, err := rest.InClusterConfig()
	if errors.Is(err, rest.ErrNotInCluster) {
		return nil, ErrNoContext
	}
	if err != nil {
		return nil, fmt.Errorf("use the pod's service account: %w", err)
	}
	return &Target{Context: inCluster, Cluster: inCluster, Server: config.Host, Namespace: "default", Config: config}, nil
}

func listed(names []string) string {
	if len(names) == 0 {
		return "no contexts"
	}
	return strings.Join(names, ", ")
}

// productionWords are what clusters that matter are called.
var productionWords = []string{"prod", "prd", "live", "main", "customer", "payment", "shared"}

// LooksLikeProduction says which word in the names of the context, the cluster or the server suggests that people
// depend on the cluster, "" for none. It can be wrong both ways: it is a reason to ask twice and no more.
func (t *Target) LooksLikeProduction() string {
	for _, name := range []string{t.Context, t.Cluster, t.Server} {
		for _, part := range strings.FieldsFunc(strings.ToLower(name), notLetter) {
			for _, word := range productionWords {
				if strings.HasPrefix(part, word) {
					return part
				}
			}
		}
	}
	return ""
}

func notLetter(r rune) bool { return r < 'a' || r > 'z' }
