package workshop

import (
	"context"
	"os"

	kubecli "podsec/kube/cli"
	"podsec/kube/live"
	"podsec/labs"
	"podsec/labs/venue"
)

// Places is where labs take place: on the simulated cluster, or on the real one that flags name.
type Places struct{ Connection kubecli.Connection }

// Name tells the cluster from others, before it answers too.
func (p *Places) Name() string {
	if p.Connection.Live() {
		return p.Connection.Context
	}
	return venue.SimulatedName
}

// Agree has the user agree to work on a real cluster.
func (p *Places) Agree(ctx context.Context) error {
	if !p.Connection.Live() {
		return nil
	}
	target, err := p.Connection.Target()
	if err != nil {
		return err
	}
	return p.Connection.Confirm(ctx, target, "run labs on", os.Stdin, os.Stderr)
}

// Start starts the simulated cluster, or connects to the real one.
func (p *Places) Start(ctx context.Context) (venue.Venue, error) {
	if !p.Connection.Live() {
		return venue.Simulate(ctx)
	}
	target, err := p.Connection.Target()
	if err != nil {
		return nil, err
	}
	return venue.Connect(ctx, target, live.OpenOptions{Gate: live.GateOptions{ClusterWide: p.Connection.Wide}, Data: labs.DataDir()})
}

// ForRun starts the cluster for `podsec run`.
func (p *Places) ForRun(ctx context.Context) (labs.Cluster, func() error, error) {
	if err := p.Agree(ctx); err != nil {
		return nil, nil, err
	}
	v, err := p.Start(ctx)
	if err != nil {
		return nil, nil, err
	}
	return v, v.Close, nil
}
