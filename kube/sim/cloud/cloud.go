package cloud

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"podsec/kube/docker"
	"podsec/kube/kms"
	"podsec/kube/sim"
	"podsec/kube/sim/aws"
)

// Options say how a cluster and its account are made.
type Options struct {
	// Cluster is how the cluster is made; its Network and KMS are the account's.
	Cluster sim.Options
	// Account is how the account is made: its number and its region.
	Account aws.Options
	// Listen is the address of the account; "" is a free port on 127.0.0.1.
	Listen string
}

// Cloud is a cluster in an account with the images of the labs.
type Cloud struct {
	*sim.Cluster
	Account   *aws.Account
	Endpoints aws.Endpoints
	stop      context.CancelFunc // stops serving the account
}

// Start makes an account and a cluster in it. Close it when done; the end of ctx stops serving the account.
func Start(ctx context.Context, o Options) (*Cloud, error) {
	account, err := newAccount(o.Account)
	if err != nil {
		return nil, err
	}
	served, stop := context.WithCancel(ctx)
	c := &Cloud{Account: account, stop: stop}
	address := o.Listen
	if address == "" {
		address = "127.0.0.1:0"
	}
	if c.Endpoints, err = account.Serve(served, address); err != nil {
		stop()
		return nil, fmt.Errorf("serve AWS account: %w", err)
	}
	o.Cluster.Network, o.Cluster.KMS = account.Transport(), kms.New(account.Config())
	if c.Cluster, err = sim.Start(ctx, o.Cluster); err != nil {
		stop()
		return nil, err
	}
	return c, nil
}

func newAccount(o aws.Options) (*aws.Account, error) {
	images, err := aws.LabImages()
	if err != nil {
		return nil, err
	}
	account := aws.New(o)
	if err := account.Seed(images...); err != nil {
		return nil, err
	}
	return account, nil
}

// Reset brings the cluster to a baseline and the account back to its beginning. The images of docker, and whom it is
// logged in as, are forgotten too.
func (c *Cloud) Reset(ctx context.Context, base sim.Baseline) error {
	c.Account.Reset()
	for _, name := range []string{dockerFolder, imagesFolder} {
		if err := os.RemoveAll(c.private(name)); err != nil {
			return fmt.Errorf("forget images: %w", err)
		}
	}
	return c.Cluster.Reset(ctx, base)
}

// Close stops the cluster and the account.
func (c *Cloud) Close() error {
	c.stop()
	return c.Cluster.Close()
}

// The folders beside the kubeconfig in which commands keep what is theirs.
const (
	dockerFolder = "docker"
	imagesFolder = "images"
)

// private names something in the folder of the kubeconfig, which is the cluster's own unless somebody chose it.
func (c *Cloud) private(name string) string {
	return filepath.Join(filepath.Dir(c.Kubeconfig()), name)
}

// Environment leads commands to the account, and keeps them from the user's own AWS and docker files ("KEY=value").
func (c *Cloud) Environment() []string {
	return append(slices.Clone(c.Endpoints.Environment),
		"AWS_CONFIG_FILE="+c.private("aws/config"),
		"AWS_SHARED_CREDENTIALS_FILE="+c.private("aws/credentials"),
		"AWS_PAGER=",
		"DOCKER_CONFIG="+c.private(dockerFolder),
		docker.RootVariable+"="+c.private(imagesFolder),
	)
}
