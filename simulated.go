package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"podsec/kube/docker"
	"podsec/kube/kms"
	"podsec/kube/sim"
	"podsec/kube/sim/aws"
	"podsec/labs"
)

// simulated is the simulated cluster as labs see it, with the AWS account that it is in.
type simulated struct {
	*sim.Cluster
	account   *aws.Account
	endpoints aws.Endpoints
	stop      context.CancelFunc
}

// startSimulated starts an account and a cluster in it.
func startSimulated(ctx context.Context) (simulated, error) {
	images, err := aws.LabImages()
	if err != nil {
		return simulated{}, err
	}
	s := simulated{account: aws.New(aws.Options{})}
	if err := s.account.Seed(images...); err != nil {
		return simulated{}, err
	}
	served, stop := context.WithCancel(ctx)
	s.stop = stop
	if s.endpoints, err = s.account.Serve(served, "127.0.0.1:0"); err != nil {
		stop()
		return simulated{}, fmt.Errorf("serve AWS account: %w", err)
	}
	s.Cluster, err = sim.Start(ctx, sim.Options{Network: s.account.Transport(), KMS: kms.New(s.account.Config())})
	if err != nil {
		stop()
		return simulated{}, err
	}
	return s, nil
}

// startForRun starts the cluster for `podsec run`.
func startForRun(ctx context.Context) (labs.Cluster, func() error, error) {
	s, err := startSimulated(ctx)
	if err != nil {
		return nil, nil, err
	}
	return s, s.Close, nil
}

// Name implements labs.Cluster.
func (simulated) Name() string { return "simulated" }

// Reset implements labs.Cluster. The account goes back to its beginning too, and so do the images of docker and whom
// it is logged in as.
func (s simulated) Reset(ctx context.Context, base labs.Baseline) error {
	s.account.Reset()
	err := errors.Join(os.RemoveAll(s.private("docker")), os.RemoveAll(s.private("images")))
	if err != nil {
		return fmt.Errorf("remove images: %w", err)
	}
	return s.Cluster.Reset(ctx, sim.Baseline{Kyverno: base.Kyverno, Workloads: base.Workloads})
}

// Close stops the cluster and the account.
func (s simulated) Close() error {
	s.stop()
	return s.Cluster.Close()
}

// private names something in the cluster's own folder, which goes with the cluster.
func (s simulated) private(name string) string {
	return filepath.Join(filepath.Dir(s.Kubeconfig()), name)
}

// environment leads the commands of labs to the account, and keeps them from the user's own AWS and docker files.
func (s simulated) environment() []string {
	return append(s.endpoints.Environment,
		"AWS_CONFIG_FILE="+s.private("aws/config"),
		"AWS_SHARED_CREDENTIALS_FILE="+s.private("aws/credentials"),
		"AWS_PAGER=",
		"DOCKER_CONFIG="+s.private("docker"),
		docker.RootVariable+"="+s.private("images"),
	)
}
