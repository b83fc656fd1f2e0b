package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"
	apischema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"

	"podsec/assets/kyverno"
	kyvernocli "podsec/engine/cli"
	"podsec/engine/cli/apply"
	"podsec/engine/cli/schema"
	"podsec/kube/inspect"
	"podsec/kube/live"
)

// Kyverno returns `podsec kyverno …`, which takes the command lines of the Kyverno CLI. It brings what the engine may not
// reach by itself: the definitions of Kyverno's kinds, and URLs.
func Kyverno(exit func(status int)) *cobra.Command {
	return kyvernocli.Command(exit, kyvernocli.Options{Fetch: fetch, Schema: schema.New(kyverno.Specification).Load, Types: types, Connect: connect})
}

// types knows the fields of the built-in kinds.
func types(kind apischema.GroupVersionKind) managedfields.TypeConverter {
	if !scheme.Scheme.Recognizes(kind) {
		return nil
	}
	return applyconfigurations.NewTypeConverter(scheme.Scheme)
}

// connect connects to the cluster of a kubeconfig, for `apply --cluster`. Empty names are kubectl's defaults.
func connect(_ context.Context, kubeconfig, kubecontext string) (apply.Cluster, error) {
	target, err := live.Find(live.Options{Kubeconfig: kubeconfig, Context: kubecontext})
	if err != nil {
		return nil, err
	}
	return inspect.New(target.Config)
}

// What fetch takes at most: policies and resources are small.
const (
	fetchTime  = 30 * time.Second
	fetchBytes = 16 << 20
)

// fetch gets what a URL on the command line leads to.
func fetch(url string) ([]byte, error) {
	client := http.Client{Timeout: fetchTime}
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %s", response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, fetchBytes+1))
	if err == nil && len(data) > fetchBytes {
		err = fmt.Errorf("more than %d bytes", fetchBytes)
	}
	return data, err
}
