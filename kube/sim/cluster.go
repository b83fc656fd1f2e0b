package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"

	"podsec/kube/loopback"
	"podsec/kube/sim/api"
	"podsec/kube/sim/apiserver"
	"podsec/kube/sim/ident"
	"podsec/kube/sim/kinds"
)

// Cluster is a running simulated cluster.
type Cluster struct {
	options    Options
	server     *apiserver.Server
	kinds      []*api.Kind
	endpoint   *loopback.Endpoint
	inside     atomic.Pointer[inside]
	kubeconfig string
	private    string // a temporary folder to remove, "" for none

	resetting sync.Mutex
	snapshots map[Baseline][]*unstructured.Unstructured
}

// Start makes a cluster and returns when its baseline is ready and its kubeconfig is written. Close it when done; the
// end of ctx stops only the start.
func Start(ctx context.Context, options Options) (*Cluster, error) {
	c := &Cluster{options: options, kinds: kinds.All(), snapshots: map[Baseline][]*unstructured.Unstructured{}}
	if err := c.start(ctx, options); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	go c.server.Warm()
	return c, nil
}

func (c *Cluster) start(ctx context.Context, options Options) error {
	token, ids := loopback.NewToken(), ident.New("podsec")
	server, err := apiserver.New(apiserver.Options{Kinds: c.kinds, IDs: ids, Token: token})
	if err != nil {
		return fmt.Errorf("make API server: %w", err)
	}
	c.server = server
	if err := c.admit(ids); err != nil {
		return err
	}
	address := options.Listen
	if address == "" {
		address = "127.0.0.1:0"
	}
	if c.endpoint, err = loopback.Listen(ctx, address, server, token); err != nil {
		return err
	}
	if err := c.Reset(ctx, options.Start); err != nil {
		return err
	}
	if err := c.seed(ctx, options.Seed); err != nil {
		return err
	}
	return c.publish(options.Kubeconfig)
}

// publish writes the kubeconfig, to a private folder if no path is given.
func (c *Cluster) publish(path string) error {
	if path == "" {
		private, err := os.MkdirTemp("", "podsec-")
		if err != nil {
			return fmt.Errorf("make folder for kubeconfig: %w", err)
		}
		c.private, path = private, filepath.Join(private, "kubeconfig")
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find kubeconfig: %w", err)
	}
	c.kubeconfig = absolute
	return c.endpoint.WriteKubeconfig(absolute)
}

// Config returns how a client connects, as the cluster's administrator.
func (c *Cluster) Config() *rest.Config { return c.endpoint.Config() }

// Kubeconfig returns the absolute path of the kubeconfig file.
func (c *Cluster) Kubeconfig() string { return c.kubeconfig }

// Close stops the cluster and removes what it wrote to a temporary folder.
func (c *Cluster) Close() error {
	var errs []error
	if c.endpoint != nil {
		errs = append(errs, c.endpoint.Close())
	}
	if in := c.inside.Swap(nil); in != nil {
		in.stop()
	}
	if c.private != "" {
		errs = append(errs, os.RemoveAll(c.private))
	}
	return errors.Join(errs...)
}
