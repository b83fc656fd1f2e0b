package live

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Consent is what a user types to agree to work on a cluster.
type Consent struct {
	Ask  string // "Type the context's name to go on"
	Want string // what has to be typed
}

// Consents are what has to be typed, in this order, before anything is done on the cluster: the name of its context, and
// once more when it looks like production.
func (t *Target) Consents() []Consent {
	out := []Consent{{"Type the context's name to go on", t.Context}}
	if word := t.LooksLikeProduction(); word != "" {
		out = append(out, Consent{fmt.Sprintf("Its name has %q in it. If nobody depends on this cluster, type \"nobody\"", word), "nobody"})
	}
	return out
}

// Version asks the cluster for its version: "v1.36.3".
func (t *Target) Version(ctx context.Context) (string, error) {
	config := rest.CopyConfig(t.Config)
	config.WarningHandler = rest.NoWarnings{}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return "", fmt.Errorf("connect to cluster: %w", err)
	}
	v, err := versionOf(ctx, client)
	return v.GitVersion, err
}

// versionOf asks a cluster for its version, as discovery's ServerVersion does, which cannot be stopped.
func versionOf(ctx context.Context, client kubernetes.Interface) (v version.Info, err error) {
	body, err := client.Discovery().RESTClient().Get().AbsPath("/version").Do(ctx).Raw()
	if err != nil {
		return v, fmt.Errorf("ask for version: %w", err)
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return v, fmt.Errorf("read version: %w", err)
	}
	return v, nil
}

// Detach has a program that gets credentials for the cluster do without the terminal, which something else draws on: one
// that has to ask the user fails instead, and its error says so.
func (t *Target) Detach() {
	if p := t.Config.ExecProvider; p != nil {
		p = p.DeepCopy()
		p.StdinUnavailable, p.StdinUnavailableMessage = true, "the workshop has the terminal: log in in another one first"
		t.Config.ExecProvider = p
	}
}
